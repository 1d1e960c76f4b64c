import DMARC
import Foundation
import Lookup
package import Settings
package import Store
package import Verdict

/// Everything that verdicts depend on besides reports: the thresholds of the rules, declared senders, the infrastructure table and the
/// GeoIP databases.
package struct ClassificationContext {
  /// The context of the rules: the same for all flows.
  package let ruleContext: RuleContext
  /// The known senders.
  package let senders: [StoredSender]
  let index: KnownSenderIndex
  let ownDomains: [DomainName]
  let ownTenants: [DomainName]
  let ownNetworks: [CIDR]
  private let configuredOwnDomains: [DomainName]
  let geo: [GeoDatabase]
  /// The hosts whose Authentication-Results fields are trusted.
  package let trustedHosts: [String]
  private let suffixes: PublicSuffixList
  private let files: [String]

  /// Creates the context of a configuration and the known senders.
  /// - Throws: ``ClassificationError`` if a file named by the configuration cannot be used.
  package init(_ configuration: Configuration, _ senders: [StoredSender]) throws(ClassificationError) {
    let suffixes = PublicSuffixList()
    self.suffixes = suffixes
    trustedHosts = configuration.trustedHosts.map(\.name)
    var table = InfrastructureTable.builtIn
    if let path = configuration.infrastructure {
      guard let data = FileManager.default.contents(atPath: path) else {
        throw .unreadableTable(path)
      }
      do { try table.extend(with: String(decoding: data, as: UTF8.self)) } catch {
        throw .invalidTable(path, problem: "\(error)")
      }
    }
    ruleContext = RuleContext(
      organisations: Organisations { suffixes.organisation(of: $0) }, table: table, thresholds: configuration.thresholds
    )
    do { geo = try configuration.geoip.map { path throws(LookupError) in try GeoDatabase(path: path) } } catch {
      throw .lookup(error)
    }
    self.senders = senders
    index = KnownSenderIndex(senders.map(\.sender))
    let own = senders.filter { $0.sender.kind == .own && $0.sender.onlyFor.isEmpty }
    configuredOwnDomains = configuration.ownDomains
    ownDomains = configuration.ownDomains + own.flatMap(\.sender.domains)
    ownTenants = configuration.ownTenants
    ownNetworks = own.flatMap(\.sender.networks)
    files = configuration.geoip + [configuration.infrastructure].compactMap { $0 }
  }

  /// A text that is equal for equal contexts, which shows whether stored verdicts are still up to date. Declarations are not part of
  /// it: see ``judgedSenders``.
  /// - Parameter lookUps: the state of the stored DNS lookups.
  func fingerprint(_ lookUps: String) -> String {
    let dates = files.map { path in
      let attributes = try? FileManager.default.attributesOfItem(atPath: path)
      return "\(path) \(attributes?[.size] ?? 0) \(attributes?[.modificationDate] ?? 0)"
    }
    let own = "\(configuredOwnDomains) \(ownTenants) \(trustedHosts.sorted())"
    return
      (["\(RuleEngine.version) \(ruleContext.table.count)", "\(ruleContext.thresholds)", own, lookUps] + dates)
      .joined(separator: "\n")
  }

  /// The declarations that the verdicts rest on.
  var judgedSenders: Set<JudgedSender> { Set(senders.map { JudgedSender($0) }) }

  /// The organisation that a report claims to come from.
  func organisation(_ reporter: String, _ email: String?) -> String {
    suffixes.organisation(claimedBy: reporter, email: email)
  }

  /// Whether anyone can get an address at a domain.
  func isOpenToAnyone(_ name: String) -> Bool { DomainName(name).map(ruleContext.table.isFreemail) ?? true }

  /// The autonomous system and the country of an address, from the GeoIP databases of the configuration.
  func geolocation(of address: IPAddress) -> (asn: UInt32?, country: String?) {
    var location: (asn: UInt32?, country: String?) = (nil, nil)
    for database in geo {
      let found = database.look(up: address)
      location.asn = location.asn ?? found.asn
      location.country = location.country ?? found.country
    }
    return location
  }

  /// What the operator has declared about messages from an address, and the id of the known sender that matches.
  func declared(_ address: IPAddress, _ outcome: AlignedOutcome, _ source: SourceFacts) -> (
    OperatorFacts, senderID: Int64?
  ) {
    let place = index.match(
      address, passing: outcome.passingEnvelopes, fcrdnsName: source.fcrdnsName, asn: source.asn, from: outcome.from)
    let match = place ?? index.match(address, passing: outcome.passingDomains, from: outcome.from)
    let scoped = index.senders(of: .own, onlyFor: outcome.from)
    let facts = OperatorFacts(
      knownSender: match.map { index.senders[$0] },
      ownDomains: scoped.isEmpty ? ownDomains : ownDomains + scoped.flatMap(\.domains), ownTenants: ownTenants,
      ownNetworks: scoped.isEmpty ? ownNetworks : ownNetworks + scoped.flatMap(\.networks),
      isKnownBySignatureOnly: place == nil && match != nil)
    return (facts, match.map { senders[$0].id })
  }
}
