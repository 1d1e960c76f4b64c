package import DMARC

/// What judging the messages of an organisation reads, as it was at one moment.
///
/// Messages are sums by flow, the days that a report covers, and the reporter. Identifiers are opaque numbers: equal ones mean the same
/// thing within one source, and nothing follows from their order. They may be row ids or parts of canonical hashes.
package protocol FlowSource: AnyObject {
  /// Names of the From domains with these identifiers; empty for 0, which stands for messages without one.
  func names(ofHeaderFroms ids: Set<Int64>) throws -> [String]
  /// Calls `body` with each flow of these From domains; those with one outcome that follow each other are cheaper.
  func forEachFlow(of headerFroms: [Int64], _ body: (StoredFlow) throws -> Void) throws
  /// The source with this identifier; nil if there is none.
  func source(_ id: Int64) throws -> StoredSource?
  /// Calls `body` with the messages of these From domains. Sums may come in parts; those of a flow that follow each other are cheaper.
  func forEachDay(of headerFroms: [Int64], _ body: (FlowDay) throws -> Void) throws
  /// Recipient domains of messages with these From domains that passed DMARC.
  func recipients(of headerFroms: [Int64]) throws -> [String]
  /// The outcome with this identifier.
  func outcome(_ id: Int64) throws -> AuthenticationOutcome
  /// The policy with this identifier.
  func policy(_ id: Int64) throws -> PolicyPublished
  /// The hosts that the DNS of any of these domains names.
  func ownHosts(of domains: [String]) throws -> [IPAddress: NamedHost]
  /// Domains with at least one SPF snapshot.
  func domainsWithSPFSnapshots() throws -> Set<String>
  /// The dated SPF snapshots of a domain, oldest first.
  func spfSnapshots(ofDomain domain: DomainName) throws -> [StoredSPFSnapshot]
}

/// What takes the verdicts on the flows of a ``FlowSource``.
package protocol VerdictSink: AnyObject {
  /// Stores verdicts of a version of the rules.
  func store(_ verdicts: [StoredVerdict], rulesVersion: Int) throws
  /// Replaces the relays that the mail of an organisation shows.
  func setRelays(_ relays: [(key: String, isSteady: Bool)], shownBy organisation: String) throws
}

extension FlowStore: FlowSource, VerdictSink {
  package func spfSnapshots(ofDomain domain: DomainName) throws -> [StoredSPFSnapshot] {
    try spfSnapshots(of: domain)
  }
}
