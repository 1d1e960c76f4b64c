import DMARC
import ReportXML

/// Reads the output of the repair of one document, which may contain no report, one or several.
final class RepairedReportReader {
  private let document: ReportOrigin
  private let countReport: () throws -> Void
  private let strictError: InputError
  private let limits: Limits
  private let cache: OutcomeCache
  private let input: InputNames
  private let batchRows: Int
  private let handle: (ReportEvent) throws -> Void
  /// The number of reports found, including rejected ones.
  private(set) var reports = 0

  private var parser: ReportParser?
  private var hash = ReportHash()
  private var identity: IdentityResolution
  private var failure: InputError?

  init(
    _ document: XMLDocument, strictError: InputError, limits: Limits, cache: OutcomeCache, input: InputNames,
    batchRows: Int, now: @escaping () -> Int64?,
    _ handle: @escaping (ReportEvent) throws -> Void
  ) {
    self.document = document.origin
    countReport = document.countReport
    self.strictError = strictError
    self.limits = limits
    self.cache = cache
    self.input = input
    self.batchRows = batchRows
    identity = IdentityResolution(hints: document.hints, now: now)
    self.handle = handle
  }

  /// The origin of the current report; the second of several has the member name `2`.
  var origin: ReportOrigin {
    var origin = document
    if reports > 1 { origin.member = document.member.map { "\($0)#\(reports)" } ?? "\(reports)" }
    return origin
  }

  /// Processes the next output of the repair.
  func take(_ output: XMLRepair.Output) throws {
    switch output {
    case .begin:
      guard reports < limits.members else {
        throw InputError.limit(.members, limits.members, "it contains more than \(limits.members) reports")
      }
      if reports > 0 { try countReport() }
      reports += 1
      parser = ReportParser(limits: limits, cache: cache, input: input)
      hash = ReportHash()
      identity.beginReport()
      failure = nil
    case .xml(let bytes): try push(bytes)
    case .end(let repaired): try end(repaired)
    }
  }

  private func push(_ bytes: UnsafeRawBufferPointer) throws {
    guard failure == nil, let parser else { return }
    hash.update(bytes)
    do throws(InputError) { try parser.push(bytes) } catch {
      failure = error
      return
    }
    // Waits, within bounds, for a head that follows the records.
    let isLarge = parser.bufferedBytes >= DocumentReader.batchBytes
    let isHeadLate =
      !parser.isHeadComplete && parser.bufferedRows < batchRows * 8
      && parser.bufferedBytes < 4 * DocumentReader.batchBytes
    guard parser.bufferedRows >= batchRows || isLarge, !isHeadLate else { return }
    let (head, rows) = (parser.head, parser.takeBatch())
    try handle(
      .rows(PartialReport(origin: origin, head: head, identity: identity.identity(head, rows), rows: rows)))
  }

  private func end(_ repaired: XMLRepair.Repaired) throws {
    guard let parser else { return }
    self.parser = nil
    do {
      if let failure { throw failure }
      var tail = try parser.finish()
      try check(tail, repaired)
      let defaultWarning = ReportWarning(.xmlRepaired, line: strictError.line, strictError.cause)
      tail.warnings.insert(contentsOf: repaired.warnings.isEmpty ? [defaultWarning] : repaired.warnings, at: 0)
      for line in repaired.lostRecords {
        tail.warnings.append(
          ReportWarning(.rowDropped, line: line, "a record without a beginning was left out"))
        tail.droppedRows += 1
      }
      if repaired.isTruncated {
        tail.warnings.append(
          ReportWarning(.truncated, "the report is truncated; its \(tail.rows) complete rows were kept"))
      }
      let (rows, sha256) = (parser.takeBatch(), hash.finish())
      try handle(
        .report(
          ReadReport(
            origin: origin, identity: identity.identity(tail.head, rows), tail: tail,
            lastRows: rows, sha256: sha256.exact, plainSHA256: sha256.plain, isRecovered: true,
            isTruncated: repaired.isTruncated)))
    } catch let rejection as InputError {
      try handle(.rejected(origin, rejection))
    }
  }

  /// Rejects a report that contains nothing worth storing.
  private func check(_ tail: ReportTail, _ repaired: XMLRepair.Repaired) throws(InputError) {
    guard tail.rows + tail.droppedRows == 0 else { return }
    let metadata = tail.head.metadata
    if repaired.isTruncated || metadata.orgName == nil && metadata.reportID == nil { throw strictError }
  }
}
