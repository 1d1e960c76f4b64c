package import DMARC
import GRDB

extension ReportDatabase {
  /// Forwarders by messages: flows with one of the given verdicts whose SPF was not aligned.
  ///
  /// Verdicts depend on raw results; `policy_evaluated/spf = fail` alone is not a sign of forwarding.
  /// - Parameters:
  ///   - verdicts: the stored names of the verdicts that mean forwarding.
  ///   - after: only forwarders after this place in the order of messages and names; nil for all.
  ///   - organisation: the organisational domain of a host name.
  ///   - naming: the names of sources, to group by operator; nil to group by forwarder.
  /// - Returns: the forwarders up to the limit, and the number of those after them.
  /// - Throws: ``StoreError``.
  package func forwarding(
    _ filter: RecordFilter, verdicts: [String], after: (messages: Int64, forwarder: String)? = nil,
    organisation: (DomainName) -> DomainName? = { $0 }, naming: SourceNaming? = nil
  ) throws(StoreError) -> (lines: [ForwarderSummary], omitted: Int) {
    try read { db in
      try withoutActuallyEscaping(organisation) { organisation in
        var forwarders = try Forwarders(SumReader(db, filter), Set(verdicts), organisation, naming: naming)
        return try forwarders.summaries(limit: filter.limit, after: after)
      }
    }
  }
}
