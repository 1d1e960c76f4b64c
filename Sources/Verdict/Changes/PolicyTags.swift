/// The policy (`p`) from the tags of a DMARC record.
package struct PolicyTags {
  private let p: String?

  /// - Parameter terms: `tag=value`.
  package init(terms: [String]) {
    p = terms.first { $0.hasPrefix("p=") }.map { $0.dropFirst(2).lowercased() }
  }

  /// Whether this policy is weaker than an old one.
  package func isWeaker(than old: PolicyTags) -> Bool {
    let order = ["none", "quarantine", "reject"]
    guard let old = old.p.flatMap(order.firstIndex), let new = p.flatMap(order.firstIndex) else { return false }
    return new < old
  }
}
