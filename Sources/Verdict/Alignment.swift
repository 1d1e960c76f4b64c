import DMARC

/// Alignment recomputed, to explain the reporter's result, never to replace it (RFC 7489 §3.1, RFC 9989 §4.4).
///
/// Without a public suffix list, two names belong together when one stands below the other or both stand below the domain at
/// which the policy was found.
enum Alignment {
  static func areRelated(_ name: DomainName, _ from: DomainName, under policyDomain: DomainName?) -> Bool {
    // A bare top-level domain is nobody's organisation.
    guard name.labels.count > 1, from.labels.count > 1 else { return name == from }
    if name.isEqualOrUnder(from) || from.isEqualOrUnder(name) { return true }
    guard let policyDomain, policyDomain.labels.count > 1 else { return false }
    return name.isEqualOrUnder(policyDomain) && from.isEqualOrUnder(policyDomain)
  }

  static func isAligned(
    _ domain: String?, _ from: DomainName?, mode: AlignmentMode?, under policyDomain: DomainName?
  ) -> Bool {
    guard let from, let name = domain.flatMap(DomainName.init) else { return false }
    return mode == .strict ? name == from : areRelated(name, from, under: policyDomain)
  }
}
