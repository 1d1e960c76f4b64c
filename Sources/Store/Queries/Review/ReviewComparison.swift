import DMARC
import GRDB

/// What was reported about a policy domain in the period before, to compare lines of a review with.
struct ReviewComparison {
  private struct Stream: Hashable {
    var source, outcome: Int64
  }

  private var messages: [Stream: Int64] = [:]
  /// Messages of each source by verdict.
  private var verdicts: [Int64: [String: Int64]] = [:]
  private var networks: Set<CIDR> = []
  private let addresses: ReviewAddresses

  /// - Returns: nil if the domain was not reported on for most of the period, so that nothing can be compared.
  init?(_ reader: SumReader, ofDomain domain: Int64, _ addresses: ReviewAddresses) throws {
    self.addresses = addresses
    guard try Self.isCovered(domain, reader) else { return nil }
    try reader.forEachFlow(ofDomain: domain) { row in
      guard let count = row.messages else { return }
      messages[Stream(source: row.source, outcome: row.outcome), default: 0].addClamped(count)
      verdicts[row.source, default: [:]][row.kind.verdict, default: 0].addClamped(count)
    }
    guard !messages.isEmpty else { return nil }
    for source in verdicts.keys {
      if let network = try addresses.network(of: source) { networks.insert(network) }
    }
  }

  /// Whether the first report about a domain is from the first quarter of the period, or older.
  private static func isCovered(_ domain: Int64, _ reader: SumReader) throws -> Bool {
    guard let first = reader.filter.firstDay?.number, let last = reader.filter.lastDay?.number else { return false }
    var earliest = Int64.max
    try reader.forEachReportSum(ofDomain: domain) { _, group in
      if !group.isImpossible { earliest = min(earliest, group.firstDay) }
    }
    if earliest <= first.addingClamped(last.subtractingClamped(first) / 4) { return true }
    let older = try RawStatement(
      reader.db, "SELECT EXISTS (SELECT * FROM domain_month WHERE domain_id = ? AND month < ?)")
    older.bind(domain, at: 1)
    older.bind(ReportMonth(of: first).number, at: 2)
    return try older.firstInteger() == 1
  }

  /// Says what a line was like.
  func compare(_ line: inout ReviewLine) throws {
    let before = messages[Stream(source: line.source, outcome: line.outcome)]
    line.messagesBefore = before ?? 0
    guard before == nil else { return }
    guard let verdicts = verdicts[line.source] else {
      if let network = try addresses.network(of: line.source), !networks.contains(network) { line.change = .new }
      return
    }
    let usual = verdicts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
    if usual != line.kind.verdict, !usual.isEmpty { line.change = .changed(from: usual) }
  }
}

/// Looks up the addresses and host names of sources.
struct ReviewAddresses {
  private let statement, host: RawStatement

  init(_ db: Database) throws {
    statement = try RawStatement(db, "SELECT address FROM source WHERE id = ?")
    host = try RawStatement(db, "SELECT host FROM source_host WHERE source_id = ?")
  }

  func address(of source: Int64) throws -> IPAddress? {
    statement.bind(source, at: 1)
    return try statement.first { $0.withBytes(at: 0) { IPAddress(networkBytes: Array($0)) } } ?? nil
  }

  /// The /24 or /64 of the address.
  func network(of source: Int64) throws -> CIDR? {
    try address(of: source).flatMap { CIDR($0, length: $0.isIPv6 ? 64 : 24) }
  }

  func host(of source: Int64) throws -> DomainName? {
    host.bind(source, at: 1)
    return try host.first { $0.text(at: 0) }?.flatMap(DomainName.init)
  }
}
