import CPSL
import DMARC
import Synchronization

/// The public suffix list of the system or, where that is older, of libpsl itself; the private section counts too.
public final class PublicSuffixList: Sendable {
  // libpsl only reads after loading.
  nonisolated(unsafe) private let list: OpaquePointer?
  /// Names come again and again; bounded, because they come from reports.
  private let known = Mutex<[DomainName: DomainName?]>([:])
  private static let mostKnown = 50_000

  /// Loads the newest list at hand.
  public init() { list = psl_latest(nil) }

  deinit { psl_free(list) }

  /// The organisational domain (RFC 7489 §3.2): the public suffix with one label more; nil for a public suffix itself.
  public func organisation(of name: DomainName) -> DomainName? {
    if let answer = known.withLock({ $0[name] }) { return answer }
    let answer = lookUp(name)
    known.withLock { known in
      if known.count >= Self.mostKnown { known.removeAll(keepingCapacity: true) }
      known[name] = answer
    }
    return answer
  }

  /// The organisation that a report claims to be from: that of its address, else its reporter's name.
  public func organisation(claimedBy reporter: String, email: String?) -> String {
    guard let domain = email.flatMap(DomainName.init) else { return reporter }
    return (organisation(of: domain) ?? domain).name
  }

  private func lookUp(_ name: DomainName) -> DomainName? {
    // The answer points into the name given.
    name.name.withCString { psl_registrable_domain(list, $0).flatMap { DomainName(String(cString: $0)) } }
  }
}
