/// What the SPF record of a domain authorised at one time: a flat list of networks, with all includes resolved (RFC 7208).
public struct SPFSnapshot: Sendable, Hashable {
  /// The domain of the record.
  public var domain: DomainName
  /// Whether there is a record that can be evaluated.
  public var status: Status
  /// Errors, with the domain and the term.
  public var errors: [String]
  /// The authorised networks, each with the path to its term.
  public var ranges: [Range]
  /// Terms that can be evaluated for an actual message only (`exists`, `ptr`, macros). If there are any, an address outside all
  /// ranges may still be authorised.
  public var dynamicTerms: [String]
  /// The maximum number of DNS lookups that an address causes (RFC 7208 §4.6.4).
  public var lookUps: Int
  /// The maximum number of void lookups that an address causes (RFC 7208 §4.6.4).
  public var voidLookUps: Int
  /// The text of the record; nil if there is none.
  public var record: String?

  /// Whether an SPF record can be evaluated. The raw values are stored.
  public enum Status: String, Sendable, Hashable {
    case valid
    /// There is no record.
    case none
    /// For at least some addresses, evaluation ends in a permanent error.
    case permerror
    /// For at least some addresses, a name server did not answer.
    case temperror
  }

  /// A network that one term authorises.
  public struct Range: Sendable, Hashable {
    /// The network.
    public var network: CIDR
    /// The domains from the first record through the includes to the record with the term.
    public var path: [DomainName]
    /// The term.
    public var term: String
    /// Whether only `all` authorises the network, which authorises every address.
    public var isEverybody: Bool
    /// Whether the network is only meant: its record is one of several, so that receivers get a permanent error.
    public var isOnlyMeant: Bool

    /// Creates a range.
    public init(network: CIDR, path: [DomainName], term: String, isEverybody: Bool, isOnlyMeant: Bool = false) {
      self.network = network
      self.path = path
      self.term = term
      self.isEverybody = isEverybody
      self.isOnlyMeant = isOnlyMeant
    }

    /// `example.com > _spf.provider.example`.
    public var pathText: String { path.map(\.name).joined(separator: " > ") }
  }

  /// Creates a snapshot.
  public init(
    domain: DomainName, status: Status, errors: [String], ranges: [Range], dynamicTerms: [String], lookUps: Int,
    voidLookUps: Int, record: String?
  ) {
    self.domain = domain
    self.status = status
    self.errors = errors
    self.ranges = ranges
    self.dynamicTerms = dynamicTerms
    self.lookUps = lookUps
    self.voidLookUps = voidLookUps
    self.record = record
  }
}
