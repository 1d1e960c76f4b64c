import DMARC
import GRDB

extension ReportDatabase {
  /// Groups of failing messages, the largest first.
  /// - Parameter naming: the names of sources, if they are grouped by operator.
  /// - Throws: ``StoreError``.
  package func failures(
    by grouping: FailureGrouping, _ filter: RecordFilter, naming: SourceNaming = .networks
  ) throws(StoreError) -> [FailureGroup] {
    var groups: [FailureGroup] = []
    try forEachFailure(by: grouping, filter, naming: naming) { groups.append($0) }
    return groups
  }

  /// Groups of failing messages, the largest first, with the number of all groups and their messages.
  /// - Throws: ``StoreError``.
  package func rankedFailures(
    by grouping: FailureGrouping, _ filter: RecordFilter, naming: SourceNaming = .networks
  ) throws(StoreError) -> (groups: [FailureGroup], total: (lines: Int, messages: Int64)) {
    try read { db in
      var failures = try FailureGroups(SumReader(db, filter), grouping, naming)
      var groups: [FailureGroup] = []
      try failures.forEachGroup(limit: filter.limit) { groups.append($0) }
      return (groups, failures.total)
    }
  }

  /// Calls `body` with groups of failing messages, the largest first. Memory does not grow with the number of groups.
  /// - Throws: ``StoreError``, and what `body` throws, wrapped.
  package func forEachFailure(
    by grouping: FailureGrouping, _ filter: RecordFilter, naming: SourceNaming = .networks,
    _ body: (FailureGroup) throws -> Void
  ) throws(StoreError) {
    try read { db in
      var failures = try FailureGroups(SumReader(db, filter), grouping, naming)
      try failures.forEachGroup(limit: filter.limit, body)
    }
  }

  /// `network(address)`: the /24 or /48 of an address, as text.
  static let networkFunction = DatabaseFunction("network", argumentCount: 1, pure: true) { values in
    guard let bytes = DatabaseBytes.fromDatabaseValue(values[0])?.bytes, let address = IPAddress(networkBytes: bytes)
    else {
      return nil
    }
    return CIDR(address, length: address.isIPv6 ? 48 : 24)?.description
  }
}
