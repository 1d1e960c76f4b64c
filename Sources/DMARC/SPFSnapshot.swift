/// What the SPF record of a domain authorised at one time: all its includes followed, as networks (RFC 7208).
public struct SPFSnapshot: Sendable, Hashable {
  /// The domain whose record it is.
  public var domain: DomainName
  /// Whether there is a record, and whether it can be evaluated.
  public var status: Status
  /// What is wrong, by domain and term.
  public var errors: [String]
  /// Networks that may send, with the way to the term that says so.
  public var ranges: [Range]
  /// Terms that only a receiver with a message at hand can evaluate (`exists`, `ptr`, macros). Where there are any, an address
  /// that is in no range is not known to be unauthorised.
  public var dynamicTerms: [String]
  /// Most look-ups that any address needs (RFC 7208 §4.6.4).
  public var lookUps: Int
  /// Most look-ups without an answer that any address meets.
  public var voidLookUps: Int
  /// The record itself.
  public var record: String?

  /// Whether an SPF record can be used.
  public enum Status: String, Sendable, Hashable {
    case valid
    /// There is none.
    case none
    /// For some addresses or all, evaluation ends in a permanent error.
    case permerror
    /// For some addresses or all, a name server did not answer.
    case temperror
  }

  /// Networks that one term authorises.
  public struct Range: Sendable, Hashable {
    /// The network.
    public var network: CIDR
    /// The domains from the first record through includes to the one with the term.
    public var path: [DomainName]
    /// The term.
    public var term: String
    /// Authorised only by `all`: everybody is.
    public var isEverybody: Bool

    /// A range.
    public init(network: CIDR, path: [DomainName], term: String, isEverybody: Bool) {
      self.network = network
      self.path = path
      self.term = term
      self.isEverybody = isEverybody
    }

    /// `example.com > _spf.provider.example`.
    public var pathText: String { path.map(\.name).joined(separator: " > ") }
  }

  /// A snapshot.
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
