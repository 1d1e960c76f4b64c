import CPSL
package import DMARC
import Synchronization

/// The public suffix list of the system, or that of libpsl if it is newer; including the private section.
package final class PublicSuffixList: Sendable {
  // After loading, libpsl only reads.
  nonisolated(unsafe) private let list: OpaquePointer?
  /// A cache, because names repeat. It is bounded, because they come from reports.
  private let known = Mutex<[DomainName: DomainName?]>([:])
  private static let mostKnown = 50_000

  /// Loads the newest available list.
  package init() { list = psl_latest(nil) }

  deinit { psl_free(list) }

  /// The organisational domain of a name (RFC 7489 §3.2): the public suffix and one more label; nil for a public suffix.
  package func organisation(of name: DomainName) -> DomainName? {
    if let answer = known.withLock({ $0[name] }) { return answer }
    let answer = lookUp(name)
    known.withLock { known in
      if known.count >= Self.mostKnown { known.removeAll(keepingCapacity: true) }
      known[name] = answer
    }
    return answer
  }

  /// The organisation that a report claims to be from: that of its address, else its reporter's name.
  package func organisation(claimedBy reporter: String, email: String?) -> String {
    guard let domain = email.flatMap(DomainName.init) else { return reporter }
    return (organisation(of: domain) ?? domain).name
  }

  private func lookUp(_ name: DomainName) -> DomainName? {
    // The result points into the argument.
    name.name.withCString { psl_registrable_domain(list, $0).flatMap { DomainName(String(cString: $0)) } }
  }
}
