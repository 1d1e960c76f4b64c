import DMARC

/// Who operates a host name or network, and what that host does to mail.
public struct InfrastructureEntry: Sendable, Hashable {
  /// Who operates it.
  public let operatorName: String
  /// What it does.
  public let kind: Kind

  /// What a host does to mail.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// A filter that takes mail in and passes it on; SPF is always lost, DKIM where it rewrites.
    case gateway
    /// An alias or forwarding service.
    case forwarder
    /// A mailbox provider: both an origin and a forwarder, told apart by selector.
    case mailbox
    /// A provider's pool for relayed mail that was not authenticated when it arrived.
    case relayPool = "relay-pool"
    /// A mailing-list host.
    case list
    /// A service that sends for its customers: bulk, transactional, or as part of a product.
    case esp
    /// A relay for signatures or disclaimers that the sender has bought.
    case senderRelay = "sender-relay"
    /// General hosting; proves nothing.
    case hosting

    /// Mail from such a host may have been sent by others and only passed on.
    var relays: Bool { [.gateway, .forwarder, .mailbox, .relayPool, .list].contains(self) }
    /// Many customers send from the same addresses.
    public var isShared: Bool { self == .esp || self == .mailbox }
  }
}

/// The infrastructure table: facts about well-known operators, shipped as a text file that users can extend.
public struct InfrastructureTable: Sendable, Hashable {
  private var hosts: [String: InfrastructureEntry] = [:]
  private var networks: [Network] = []
  private var freemail: Set<String> = []
  private var defaultSigning: [String: String] = [:]
  private var listLabels: Set<String> = []
  private var rewriteLabels: Set<String> = []
  private var rewriteLocalParts: Set<String> = []

  private struct Network: Sendable, Hashable {
    var network: CIDR
    var entry: InfrastructureEntry
  }

  /// A table of nothing.
  public init() {}

  /// Number of lines that were taken in.
  public private(set) var count = 0

  /// Takes in one line; a later line about the same name replaces the earlier one.
  mutating func add(_ line: InfrastructureLine) {
    count += 1
    switch line.match {
    case .host(let name): hosts[name.name] = InfrastructureEntry(operatorName: line.operatorName, kind: line.kind)
    case .network(let network):
      networks.removeAll { $0.network == network }
      networks.append(
        Network(network: network, entry: InfrastructureEntry(operatorName: line.operatorName, kind: line.kind)))
    case .freemail(let name): freemail.insert(name.name)
    case .defaultSigning(let name): defaultSigning[name.name] = line.operatorName
    case .listLabel(let label): listLabels.insert(label)
    case .rewriteLabel(let label): rewriteLabels.insert(label)
    case .rewriteLocalPart(let prefix): rewriteLocalParts.insert(prefix)
    }
  }

  /// The entry for a host name that leads back to its address, or for a domain that was authenticated: the longest suffix wins,
  /// and only whole labels count.
  public func entry(for name: DomainName) -> InfrastructureEntry? {
    Self.suffix(of: name.name) { hosts[$0] }
  }

  /// The entry for an address.
  public func entry(for address: IPAddress) -> InfrastructureEntry? {
    networks.filter { $0.network.contains(address) }.max { $0.network.length < $1.network.length }?.entry
  }

  /// Whether people have mailboxes under this domain that anybody can open.
  public func isFreemail(_ name: DomainName) -> Bool {
    Self.suffix(of: name.name) { freemail.contains($0) ? true : nil } ?? false
  }

  /// The provider whose stand-in signature this domain is, if it is one: `example-com.20230601.gappssmtp.com`.
  func defaultSigner(_ name: DomainName) -> (suffix: String, provider: String)? {
    Self.suffix(of: name.name) { suffix in defaultSigning[suffix].map { (suffix, $0) } }
  }

  /// Whether a name looks like that of a mailing-list host. A shape: it proves nothing.
  func isListLike(_ name: DomainName) -> Bool { name.labels.contains { listLabels.contains(String($0)) } }

  /// Whether an envelope address or domain looks rewritten on the way (SRS and the like). A shape: it proves nothing.
  func isRewritten(_ envelope: String) -> Bool {
    let text = envelope.lowercased()
    if text.contains("@"), rewriteLocalParts.contains(where: text.hasPrefix) || text.contains("+caf_=") { return true }
    return DomainName(envelope)?.labels.contains { rewriteLabels.contains(String($0)) } ?? false
  }

  private static func suffix<Value>(of name: String, _ find: (String) -> Value?) -> Value? {
    var rest = name[...]
    while true {
      if let value = find(String(rest)) { return value }
      guard let dot = rest.firstIndex(of: ".") else { return nil }
      rest = rest[rest.index(after: dot)...]
    }
  }
}
