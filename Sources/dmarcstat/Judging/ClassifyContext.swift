import DMARC
import Foundation
import Verdict

/// What a case says is known besides the record.
struct CaseContext: Decodable {
  var known_sender: CaseSender?
  var known_forwarder: CaseForwarder?
  var spf_authorizes, spf_shared: Bool?
  var ptr: String?
  var ptr_confirmed: Bool?
  var asn: UInt32?
  var own_ips, own_domains, own_tenants, correspondents: [String]?
  var intermediary_reported: Bool?
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
    var selector_day: [String: CaseDay]?
    var sign_rate: Double?
    var campaign_ips: Int64?
    var daily_msgs: Double?
  }

  struct CaseSource: Decodable {
    var first_seen_days, active_days, msgs, reporters, relayed_ok: Int64?
    var share: Double?
  }

  struct CaseSelector: Decodable {
    var msgs: Int64?
    var origin_infra: [String]?
  }

  struct CaseDay: Decodable {
    var origin, non_origin, max_daily_origin, new_ips: Int64?
  }

  /// The keys that a case may have, by the object they stand in: a mistyped key would silently mean "unknown".
  static let knownKeys: [String: Set<String>] = [
    "context": [
      "known_sender", "known_forwarder", "spf_authorizes", "spf_shared", "ptr", "ptr_confirmed", "asn", "own_ips",
      "own_domains", "own_tenants", "correspondents", "intermediary_reported", "history",
    ],
    "history": ["source", "selectors", "selector_day", "sign_rate", "campaign_ips", "daily_msgs"],
    "source": ["first_seen_days", "active_days", "msgs", "reporters", "share", "relayed_ok"],
  ]
}

extension CaseContext {
  func source(_ organisations: Organisations) -> SourceFacts {
    let host = ptr_confirmed == true ? ptr.flatMap(DomainName.init) : nil
    return SourceFacts(
      confirmedHost: host, hostOrganisation: host.map { organisations.domain(of: $0) ?? $0 }, asn: asn,
      spf: spf_authorizes.map { SPFAuthorisation(isAuthorised: $0, isShared: spf_shared ?? false) })
  }

  var operatorFacts: OperatorFacts {
    let kind = known_sender?.kind.flatMap { KnownSender.Kind(rawValue: $0) } ?? .service
    func names(_ list: [String]?) -> [DomainName] { (list ?? []).compactMap(DomainName.init) }
    return OperatorFacts(
      knownSender: known_sender.map { KnownSender(name: $0.name ?? "", kind: kind) },
      knownForwarder: known_forwarder.map { $0.name ?? "" }, ownDomains: names(own_domains),
      ownTenants: names(own_tenants), ownNetworks: (own_ips ?? []).compactMap { CIDR($0) })
  }

  func historyFacts(_ organisations: Organisations) -> HistoryFacts {
    var facts = HistoryFacts()
    facts.isReportedByIntermediary = intermediary_reported ?? false
    facts.correspondents = Set(
      (correspondents ?? []).compactMap(DomainName.init).map { organisations.domain(of: $0) ?? $0 })
    guard let history else { return facts }
    facts.source = history.source.map {
      HistoryFacts.Source(
        firstSeenDays: $0.first_seen_days, activeDays: $0.active_days, messages: $0.msgs, reporters: $0.reporters,
        share: $0.share, relayedIntact: $0.relayed_ok)
    }
    for (name, selector) in history.selectors ?? [:] {
      facts.selectors[name.lowercased()] = HistoryFacts.Selector(
        messages: selector.msgs ?? 0, origins: Set((selector.origin_infra ?? []).map(Self.infrastructure)))
    }
    for (name, day) in history.selector_day ?? [:] {
      facts.selectorDays[name.lowercased()] = HistoryFacts.SelectorDay(
        origin: day.origin ?? 0, elsewhere: day.non_origin ?? 0, bestOriginDay: day.max_daily_origin ?? 0,
        newInfrastructures: day.new_ips ?? 0)
    }
    facts.signRate = history.sign_rate
    facts.campaignAddresses = history.campaign_ips
    facts.dailyMessages = history.daily_msgs
    return facts
  }

  /// Names and addresses in the form that the rules compare: `AS64500`, `192.0.2.1`, `example.com`.
  private static func infrastructure(_ text: String) -> String {
    if text.uppercased().hasPrefix("AS"), UInt32(text.dropFirst(2)) != nil { return text.uppercased() }
    if let address = IPAddress(text) { return "\(address)" }
    return DomainName(text)?.name ?? text
  }
}
