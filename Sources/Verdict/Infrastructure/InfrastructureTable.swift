public import DMARC

/// The operator of a host name or network, and what the host does with messages.
public struct InfrastructureEntry: Sendable, Hashable {
  /// The name of the operator.
  public let operatorName: String
  /// What the host does.
  public let kind: Kind

  /// What a host does with messages. The raw values are the words of the table.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// A mail filter that passes messages on. SPF no longer passes; DKIM breaks if it changes the message.
    case gateway
    /// An alias or forwarding service.
    case forwarder
    /// A mailbox provider, which is both an origin and a forwarder; selectors distinguish the two.
    case mailbox
    /// A provider's pool for relaying messages that were not authenticated when they arrived.
    case relayPool = "relay-pool"
    /// A mailing-list host.
    case list
    /// A service that sends for its customers: bulk or transactional messages, or as part of a product.
    case esp
    /// A relay that the sender uses, for example to add signatures or disclaimers.
    case senderRelay = "sender-relay"
    /// General hosting, which proves nothing.
    case hosting

    /// Whether the host may forward messages that others sent.
    var relays: Bool { [.gateway, .forwarder, .mailbox, .relayPool, .list].contains(self) }
    /// Whether many customers send from the same addresses.
    public var isShared: Bool { self == .esp || self == .mailbox }
  }
}

/// Facts about well-known operators. The built-in table can be extended with ``extend(with:)``.
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

  /// Creates an empty table.
  public init() {}

  /// The number of lines.
  public private(set) var count = 0

  /// Adds a line. A later line about the same name replaces the earlier one.
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

  /// The entry for a forward-confirmed host name or an authenticated domain. The longest matching suffix of whole labels wins; nil if
  /// none matches.
  public func entry(for name: DomainName) -> InfrastructureEntry? {
    Self.suffix(of: name.name) { hosts[$0] }
  }

  /// The entry for an address, by the longest matching network; nil if none matches.
  public func entry(for address: IPAddress) -> InfrastructureEntry? {
    // Without a list of the matching ones: this is asked several times for each of a million flows.
    var best: Int?
    for index in networks.indices where networks[index].network.contains(address) {
      if best.map({ networks[$0].network.length <= networks[index].network.length }) ?? true { best = index }
    }
    return best.map { networks[$0].entry }
  }

  /// Whether anyone can open a mailbox under this domain.
  public func isFreemail(_ name: DomainName) -> Bool {
    Self.suffix(of: name.name) { freemail.contains($0) ? true : nil } ?? false
  }

  /// The provider whose default signing domain this is, as in `example-com.20230601.gappssmtp.com`; nil if there is none.
  func defaultSigner(_ name: DomainName) -> (suffix: String, provider: String)? {
    Self.suffix(of: name.name) { suffix in defaultSigning[suffix].map { (suffix, $0) } }
  }

  /// Whether a name is that of one tenant of a provider, who signs with it by default.
  func isTenant(_ name: DomainName) -> Bool {
    defaultSigner(name).map { name.name.utf8.count > $0.suffix.utf8.count } ?? false
  }

  /// Whether a name looks like that of a mailing-list host, which proves nothing.
  func isListLike(_ name: DomainName) -> Bool { name.labels.contains { listLabels.contains(String($0)) } }

  /// Whether an envelope address or domain looks rewritten, for example by SRS, which proves nothing.
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
