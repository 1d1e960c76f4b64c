public import DMARC

/// The expansion of an SPF record with all its includes, for all addresses at once (RFC 7208 §4.6, §5, §6).
///
/// It makes no DNS queries. If answers are missing, the expansion continues as far as possible and collects the questions; look them
/// up and expand again:
///
/// ```swift
/// var answers: [DNSQuestion: DNSAnswer] = [:]
/// while true {
///   let expansion = SPFExpansion(domain) { answers[$0] }
///   if let snapshot = expansion.snapshot { return snapshot }
///   for question in expansion.missing { answers[question] = resolve(question) }
/// }
/// ```
public struct SPFExpansion {
  /// The networks that the record authorises; nil while answers are missing.
  public let snapshot: SPFSnapshot?
  /// The questions whose answers are missing.
  public let missing: Set<DNSQuestion>

  /// Expands the record of a domain.
  /// - Parameters:
  ///   - domain: the domain of the record.
  ///   - answers: returns the answer to a question, or nil if it is not known yet.
  public init(_ domain: DomainName, answers: (DNSQuestion) -> DNSAnswer?) {
    var missing: Set<DNSQuestion> = []
    var snapshot = SPFSnapshot(
      domain: domain, status: .valid, errors: [], ranges: [], dynamicTerms: [], lookUps: 0, voidLookUps: 0, record: nil)
    for isIPv6 in [false, true] {
      withoutActuallyEscaping(answers) { answers in
        let walk = SPFWalk(domain, isIPv6: isIPv6, answers)
        let result = walk.run()
        missing.formUnion(walk.missing)
        snapshot.add(result, walk, isIPv6: isIPv6)
      }
    }
    // The walk visits classes of addresses in no particular order; equal records must give equal snapshots.
    snapshot.ranges.sort { Self.key($0) < Self.key($1) }
    self.missing = missing
    self.snapshot = missing.isEmpty ? snapshot : nil
  }

  private static func key(_ range: SPFSnapshot.Range) -> (Int, UInt128, Int, String) {
    let network = range.network.network
    return (network.isIPv6 ? 1 : 0, AddressRange.number(of: network), range.network.length, range.pathText)
  }
}

extension SPFSnapshot {
  fileprivate mutating func add(_ result: SPFWalk.Result, _ walk: SPFWalk, isIPv6: Bool) {
    record = walk.record ?? record
    for piece in result.pass {
      for range in piece.addresses.ranges {
        ranges += range.networks(isIPv6: isIPv6).map {
          Range(
            network: $0, path: piece.path, term: piece.term, isEverybody: piece.isEverybody,
            isOnlyMeant: piece.isOnlyMeant)
        }
      }
    }
    for error in walk.errors where !errors.contains(error) { errors.append(error) }
    for term in walk.dynamicTerms where !dynamicTerms.contains(term) { dynamicTerms.append(term) }
    lookUps = max(lookUps, walk.mostLookUps)
    voidLookUps = max(voidLookUps, walk.mostVoids)
    if walk.hasNoRecord {
      status = .none
    } else if !result.permerror.isEmpty {
      status = .permerror
    } else if !result.temperror.isEmpty, status == .valid {
      status = .temperror
    }
  }
}
