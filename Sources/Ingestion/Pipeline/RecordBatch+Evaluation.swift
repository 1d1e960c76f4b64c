import DMARC
import Lookup

extension RecordBatch {
  /// The rows, whose outcomes have a DMARC result even if the receiver reported no evaluation, as far as it follows from what it lists.
  func evaluated(under policy: PolicyPublished, _ suffixes: PublicSuffixList) -> RecordBatch {
    guard outcomes.contains(where: { $0.evaluatedDKIM == nil || $0.evaluatedSPF == nil }) else { return self }
    var batch = self
    batch.outcomes = outcomes.map { $0.evaluated(under: policy) { suffixes.organisation(of: $0) } }
    return batch
  }
}
