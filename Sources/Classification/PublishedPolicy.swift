package import Store

/// The DMARC record of a domain, with where it is known from.
package struct PublishedPolicy: Sendable, Hashable {
  /// Where a record is known from. The raw values are printed.
  package enum Source: String, Sendable, Hashable {
    /// Looked up in DNS.
    case dns
    /// The newest report, which does not name every tag.
    case reports
  }

  /// The record.
  package let record: PolicyRecord
  /// Where it is known from.
  package let source: Source

  /// Prefers what DNS said, because only that has all tags. Of several records, none applies (RFC 9989 §4.10.1).
  package init(_ stored: StoredPolicy) {
    let found = (stored.lookedUp ?? []).compactMap { PolicyRecord(published: $0) }
    if found.count == 1, let record = found.first {
      (self.record, source) = (record, .dns)
    } else {
      (record, source) = (PolicyRecord(reported: stored.reported.map { ($0.name, $0.value) }), .reports)
    }
  }

  /// The record to publish next: one step stricter if the domain is ready, else the same.
  package func next(after answer: ReadinessAnswer) -> (step: PolicyStep, record: PolicyRecord) {
    answer == .yes ? record.next : (.stay, record)
  }
}
