import DMARC
import Ingestion
import Render
import Store

/// The summary that `ingest` prints at the end.
enum IngestSummary {
  static func text(_ tally: IngestTally, isDryRun: Bool) -> String {
    var parts = [count(tally.newReports, "new report", "new reports")]
    if tally.duplicates > 0 { parts.append(count(tally.duplicates, "duplicate", "duplicates")) }
    if tally.ignored > 0 { parts.append("\(tally.ignored) ignored") }
    if !tally.conflicts.isEmpty { parts.append(count(tally.conflicts.count, "conflict", "conflicts")) }
    if !tally.rejected.isEmpty { parts.append("\(tally.rejected.count) rejected") }
    if !tally.others.isEmpty { parts.append(others(tally)) }
    if tally.known > 0 { parts.append("\(tally.known) already read") }
    if tally.vanished > 0 {
      parts.append("\(tally.vanished) disappeared before being read")
    }
    if tally.hiddenNames > 0 {
      parts.append("\(count(tally.hiddenNames, "hidden file or folder", "hidden files or folders")) skipped")
    }
    var sources: [String] = []
    if tally.inputs == 0, tally.mailboxes == 0, !tally.unreachable.isEmpty {
      sources.append("nothing could be read")
    } else if tally.inputs > 0 || tally.mailboxes == 0 {
      sources.append(count(tally.inputs, "file", "files"))
    }
    if tally.mailboxes > 0 {
      sources.append(
        tally.fetchedMessages == 0 ? "no new messages" : count(tally.fetchedMessages, "new message", "new messages"))
    }
    var text = "\(isDryRun ? "Dry run, nothing was stored. " : "")\(sources.joined(separator: ", ")): "
    text += parts.joined(separator: ", ") + "\n"
    if tally.newReports > 0 {
      text +=
        "\(count(tally.rows, "row", "rows")), \(count(Int(clamping: tally.messages), "message", "messages")), \(count(tally.warnings, "warning", "warnings"))"
      if tally.droppedRows > 0 { text += ", \(count(tally.droppedRows, "row", "rows")) dropped" }
      text += "; \(seconds(tally)) s\n"
      let incomplete = [(tally.recovered, "repaired"), (tally.truncated.count, "truncated (complete rows were kept)")]
      let notes = incomplete.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
      if !notes.isEmpty { text += "Of the new reports: \(notes.joined(separator: ", ")).\n" }
    }
    if tally.cleanedUp > 0 {
      text += "\(cleanedUp(tally)).\n"
    }
    if !tally.rejected.isEmpty {
      let reasons = Dictionary(grouping: tally.rejected, by: \.code).map { "\($0.value.count) \($0.key)" }.sorted()
      text += "Rejected: \(reasons.joined(separator: ", ")). See `dmarcstat rejects`.\n"
    } else if tally.knownRejected > 0 {
      text +=
        "Of those already read, \(tally.knownRejected) had been rejected: `dmarcstat rejects` lists them, --retry reads them again.\n"
    }
    return text
  }

  /// `3 files moved or deleted`; messages may also have been marked.
  private static func cleanedUp(_ tally: IngestTally) -> String {
    switch (tally.inputs > 0, tally.mailboxes > 0) {
    case (true, true):
      count(tally.cleanedUp, "file or message", "files and messages") + " moved, marked or deleted"
    case (false, true): count(tally.cleanedUp, "message", "messages") + " moved, marked or deleted"
    default: count(tally.cleanedUp, "file", "files") + " moved or deleted"
    }
  }

  /// `3 non-report files (a bounce: 2, plain text: 1)`.
  private static func others(_ tally: IngestTally) -> String {
    let kinds = tally.others
    let sorted = kinds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let texts = sorted.prefix(5).map { "\($0.key): \($0.value)" } + (sorted.count > 5 ? ["…"] : [])
    let sum = kinds.values.reduce(0, +)
    let noun = tally.mailboxes > 0 ? "input" : "file"
    return "\(count(sum, "non-report \(noun)", "non-report \(noun)s")) (\(texts.joined(separator: ", ")))"
  }

  static func count(_ number: Int, _ one: String, _ many: String) -> String { "\(number) \(number == 1 ? one : many)" }

  static func table(_ tally: IngestTally) -> ResultTable {
    let numbers: [(String, Int64)] = [
      ("inputs", Int64(tally.inputs)), ("mailboxes", Int64(tally.mailboxes)), ("mails", Int64(tally.fetchedMessages)),
      ("known", Int64(tally.known)),
      ("new_reports", Int64(tally.newReports)),
      ("duplicates", Int64(tally.duplicates)), ("conflicts", Int64(tally.conflicts.count)),
      ("rejected", Int64(tally.rejected.count)), ("not_a_report", Int64(tally.others.values.reduce(0, +))),
      ("unreachable", Int64(tally.unreachable.count)), ("rows", Int64(tally.rows)), ("messages", tally.messages),
      ("warnings", Int64(tally.warnings)), ("dropped_rows", Int64(tally.droppedRows)),
      ("recovered", Int64(tally.recovered)), ("truncated", Int64(tally.truncated.count)),
      ("cleared_away", Int64(tally.cleanedUp)),
    ]
    return ResultTable(
      numbers.map { Column($0.0) } + [
        Column("rejected_reasons"), Column("not_a_report_kinds"), Column("seconds"), Column("doubtful_senders"),
        Column("ignored"),
      ],
      [
        numbers.map { .integer($0.1) } + [
          .list(tally.rejected.map { "\($0.location): \($0.code)" }),
          .list(tally.others.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }), .number(tally.seconds),
          .integer(Int64(tally.doubtful.count)), .integer(Int64(tally.ignored)),
        ]
      ])
  }

  private static func seconds(_ tally: IngestTally) -> String { NumberText.tenths(tally.seconds) }
}
