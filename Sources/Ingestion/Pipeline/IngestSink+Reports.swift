import DMARC
import Intake
import ReportXML
import Settings
import Store

/// Storing and rejecting reports.
extension IngestSink {
  /// Stores some rows of a long report. Rows without an identity are skipped: the end of the report is then rejected.
  func addRows(_ part: PartialReport, _ input: Int) throws {
    tally.rowsSeen += part.rows.rows.count
    uncommittedRows += part.rows.rows.count
    guard case .success(let resolved) = part.identity else { return }
    try spending(part.origin, input) {
      try writer.addRows(
        part.rows.evaluated(under: part.head.policy, suffixes), of: resolved.identity, part.head, within: $0)
    }
  }

  /// Stores a report, or the end of a long one.
  func store(_ report: ReadReport, _ input: Int) throws {
    guard !isCut(report, input) else { return try writer.discardRows() }
    tally.rowsSeen += report.lastRows.rows.count
    uncommittedRows += report.lastRows.rows.count + 10
    do {
      let incoming = try incoming(report, input)
      let outcome = try spending(report.origin, input) {
        try writer.store(incoming, report.lastRows.evaluated(under: report.tail.head.policy, suffixes), within: $0)
      }
      try note(outcome, incoming, report.origin, input)
    } catch is TooManyBytes {
      open[input]?.budget.exhaust(report.origin.share)
      reject(StoredBudget.rejection(report.origin.share, storedRatio), report.origin, input)
    } catch let rejection as InputError {
      reject(rejection, report.origin, input)
    }
  }

  /// Stores something within the remaining budget of an input, and subtracts its cost.
  private func spending<Value>(_ origin: ReportOrigin, _ input: Int, _ body: (Int64) throws -> Value) rethrows -> Value
  {
    let before = writer.storedBytes
    let value = try body(open[input]?.budget.left(for: origin.share) ?? 0)
    open[input]?.budget.spend(writer.storedBytes - before, origin.share)
    return value
  }

  /// Whether a report is truncated because the server returned its message incompletely.
  private func isCut(_ report: ReadReport, _ input: Int) -> Bool {
    guard report.isTruncated, open[input]?.doubt != nil else { return false }
    open[input]?.isWithheld = true
    return true
  }

  /// - Throws: an ``InputError`` if the report has no identity.
  private func incoming(_ report: ReadReport, _ input: Int) throws -> IncomingReport {
    let identity = try report.identity.get()
    let origin = ReportSender(report, identity.identity, suffixes)
    var warnings = identity.warnings + report.tail.warnings.map(\.namingOption) + origin.warnings
    if let mail = origin.mail, let doubt = try senderCheck(identity.identity).warning(mail, origin.organisation) {
      warnings.append(doubt)
    }
    return IncomingReport(
      identity: identity.identity, head: report.tail.head, warnings: warnings,
      sha256: report.sha256, plainSHA256: report.plainSHA256, rows: report.tail.rows, messages: report.tail.messages,
      droppedRows: report.tail.droppedRows, isRecovered: report.isRecovered, isTruncated: report.isTruncated,
      isLossy: report.tail.isLossy, origin: location(input, report.origin), mail: origin.mail,
      sendingOrganisation: origin.organisation, isPeriodPossible: identity.isPeriodPossible)
  }

  private func senderCheck(_ identity: ReportIdentity) throws -> SenderCheck {
    SenderCheck(identity, try writer.usualSenders(of: identity.reporter), suffixes)
  }

  private func note(
    _ outcome: StoringOutcome, _ report: IncomingReport, _ origin: ReportOrigin, _ input: Int
  ) throws {
    add(.stored(outcome), origin, input, isIncomplete: report.isTruncated || report.isLossy)
    open[input]?.hasReport = true
    switch outcome {
    case .ingested: tally.noteNew(report)
    case .duplicate, .setAside(_, .removed, _), .setAside(_, .conflict, _): tally.duplicates += 1
    case .setAside(_, .ignored, _): tally.ignored += 1
    case .conflict(let id):
      let senders = try senderCheck(report.identity).conflict(
        stored: try writer.sender(ofReport: id), incoming: StoredReportSender(report))
      if let warning = senders?.warning { try writer.add(warning, toReport: id) }
      let text =
        "it conflicts with report \(id), which has the same identity but different rows or lost content: nothing was stored, and both inputs are kept; "
        + "`dmarcstat conflicts` lists it, compares both and decides" + (senders.map { "; \($0.text)" } ?? "")
      tally.conflicts.append(.init(location: location(input, origin), code: "conflict", text: text))
    }
  }

  func reject(_ why: InputError, _ origin: ReportOrigin, _ input: Int) {
    if why.code == .unreadable {
      open[input]?.isUnreadable = true
      if why == .vanished {
        tally.vanished += 1
      } else if case .file(let file, _)? = open[input]?.input {
        tally.unreachable.append(
          IngestTally.problem(of: file, why.code.rawValue, why.explanation, location: location(input, origin)))
      } else {
        tally.unreachable.append(
          .init(location: location(input, origin), code: why.code.rawValue, text: why.explanation))
      }
      return
    }
    if let doubt = open[input]?.doubt, doubt.isStrong || why.code == .truncated {
      open[input]?.isWithheld = true
      return
    }
    guard case .rejected(let why, _)? = add(.rejected(why, nextStep: why.nextStep), origin, input) else { return }
    tally.rejected.append(.init(location: location(input, origin), code: why.code.rawValue, text: why.explanation))
  }

  private func location(_ input: Int, _ origin: ReportOrigin) -> String {
    (open[input]?.input.shown ?? "") + (origin.member.map { "#\($0)" } ?? "")
  }
}
