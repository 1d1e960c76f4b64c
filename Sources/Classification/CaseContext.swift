import DMARC
import Foundation
package import Verdict

/// What is known about a case besides its record. Absent keys mean unknown.
package struct CaseContext: Decodable {
  var knownSender: CaseSender?
  var knownForwarder: CaseForwarder?
  var spfAuthorizes, spfShared: Bool?
  var ptr: String?
  var ptrConfirmed: Bool?
  var asn: UInt32?
  var ownIPs, ownDomains, ownTenants, correspondents: [String]?
  var intermediaryReported: Bool?
  var history: CaseHistory?

  struct CaseSender: Decodable {
    var name, kind: String?
  }

  struct CaseForwarder: Decodable {
    var name: String?
  }

  struct CaseHistory: Decodable {
    var source: CaseSource?
    var selectors: [String: CaseSelector]?
    var selectorDay: [String: CaseDay]?
    var signRate: Double?
    var campaignIPs: Int64?
    var dailyMsgs: Double?

    private enum CodingKeys: String, CodingKey {
      case source, selectors
      case selectorDay = "selector_day"
      case signRate = "sign_rate"
      case campaignIPs = "campaign_ips"
      case dailyMsgs = "daily_msgs"
    }
  }

  struct CaseSource: Decodable {
    var firstSeenDays, activeDays, msgs, reporters, relayedOk: Int64?
    var share: Double?

    private enum CodingKeys: String, CodingKey {
      case msgs, reporters, share
      case firstSeenDays = "first_seen_days"
      case activeDays = "active_days"
      case relayedOk = "relayed_ok"
    }
  }

  struct CaseSelector: Decodable {
    var msgs: Int64?
    var originInfra: [String]?

    private enum CodingKeys: String, CodingKey {
      case msgs
      case originInfra = "origin_infra"
    }
  }

  struct CaseDay: Decodable {
    var origin, nonOrigin, maxDailyOrigin, newIPs: Int64?

    private enum CodingKeys: String, CodingKey {
      case origin
      case nonOrigin = "non_origin"
      case maxDailyOrigin = "max_daily_origin"
      case newIPs = "new_ips"
    }
  }

  /// The allowed keys by object. A mistyped key would silently mean "unknown", so other keys are rejected.
  package static let knownKeys: [String: Set<String>] = [
    "context": [
      "known_sender", "known_forwarder", "spf_authorizes", "spf_shared", "ptr", "ptr_confirmed", "asn", "own_ips",
      "own_domains", "own_tenants", "correspondents", "intermediary_reported", "history",
    ],
    "history": ["source", "selectors", "selector_day", "sign_rate", "campaign_ips", "daily_msgs"],
    "source": ["first_seen_days", "active_days", "msgs", "reporters", "share", "relayed_ok"],
  ]

  private enum CodingKeys: String, CodingKey {
    case ptr, asn, correspondents, history
    case knownSender = "known_sender"
    case knownForwarder = "known_forwarder"
    case spfAuthorizes = "spf_authorizes"
    case spfShared = "spf_shared"
    case ptrConfirmed = "ptr_confirmed"
    case ownIPs = "own_ips"
    case ownDomains = "own_domains"
    case ownTenants = "own_tenants"
    case intermediaryReported = "intermediary_reported"
  }
}

extension CaseContext {
  /// The facts about the source.
  package func source(_ organisations: Organisations) -> SourceFacts {
    let host = ptrConfirmed == true ? ptr.flatMap(DomainName.init) : nil
    return SourceFacts(
      fcrdnsName: host, hostOrganisation: host.map { organisations.domain(of: $0) ?? $0 }, asn: asn,
      spf: spfAuthorizes.map { SPFAuthorisation(isAuthorised: $0, isShared: spfShared ?? false) })
  }

  /// What the operator has declared.
  package var operatorFacts: OperatorFacts {
    let kind = knownSender?.kind.flatMap { KnownSender.Kind(rawValue: $0) } ?? .service
    func names(_ list: [String]?) -> [DomainName] { (list ?? []).compactMap(DomainName.init) }
    return OperatorFacts(
      knownSender: knownSender.map { KnownSender(name: $0.name ?? "", kind: kind) },
      knownForwarder: knownForwarder.map { $0.name ?? "" }, ownDomains: names(ownDomains),
      ownTenants: names(ownTenants), ownNetworks: (ownIPs ?? []).compactMap { CIDR($0) })
  }

  /// The facts about earlier messages.
  package func historyFacts(_ organisations: Organisations) -> HistoryFacts {
    var facts = HistoryFacts()
    facts.isReportedByIntermediary = intermediaryReported ?? false
    facts.correspondents = Set(
      (correspondents ?? []).compactMap(DomainName.init).map { organisations.domain(of: $0) ?? $0 })
    guard let history else { return facts }
    facts.source = history.source.map {
      HistoryFacts.Source(
        firstSeenDays: $0.firstSeenDays, activeDays: $0.activeDays, messages: $0.msgs, reporters: $0.reporters,
        share: $0.share, relayedIntact: $0.relayedOk)
    }
    for (name, selector) in history.selectors ?? [:] {
      facts.selectors[name.lowercased()] = HistoryFacts.Selector(
        messages: selector.msgs ?? 0, origins: Set((selector.originInfra ?? []).map(Self.infrastructure)))
    }
    for (name, day) in history.selectorDay ?? [:] {
      facts.selectorDays[name.lowercased()] = HistoryFacts.SelectorDay(
        origin: day.origin ?? 0, elsewhere: day.nonOrigin ?? 0, bestOriginDay: day.maxDailyOrigin ?? 0,
        newInfrastructures: day.newIPs ?? 0)
    }
    facts.signRate = history.signRate
    facts.campaignAddresses = history.campaignIPs
    facts.dailyMessages = history.dailyMsgs
    return facts
  }

  /// A network, address or name in the form that the rules compare: `AS64500`, `192.0.2.1`, `example.com`.
  private static func infrastructure(_ text: String) -> String {
    if text.uppercased().hasPrefix("AS"), UInt32(text.dropFirst(2)) != nil { return text.uppercased() }
    if let address = IPAddress(text) { return "\(address)" }
    return DomainName(text)?.name ?? text
  }
}
