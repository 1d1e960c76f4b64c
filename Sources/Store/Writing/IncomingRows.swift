import DMARC

/// The digest of the rows of an incoming report.
struct IncomingRows {
  private(set) var digest: RowDigest

  init(_ policy: PolicyPublished, domain: DomainName) {
    digest = RowDigest(policy: policy.canonicalText(for: domain))
  }

  mutating func add(_ batch: RecordBatch) {
    let outcomes = batch.outcomes.map { RowDigest.hash(ComparedOutcome.text($0)) }
    let envelopeTos = batch.envelopeTos.map { RowDigest.hash(OutcomeColumns.fold($0)) }
    for row in batch.rows {
      digest.add(
        source: row.source, outcome: outcomes[row.outcome], envelopeTo: row.envelopeTo.map { envelopeTos[$0] },
        messages: row.messages)
    }
  }
}
