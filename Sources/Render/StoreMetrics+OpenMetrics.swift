package import DMARC
package import Store

extension StoreMetrics {
  /// The label of the sum of all domains that are not listed by themselves. It is not the name of a domain.
  private static let others = "(other)"

  /// The numbers in the OpenMetrics format.
  /// - Parameters:
  ///   - days: the days that messages are counted for.
  ///   - version: the version of the program.
  package func openMetrics(_ days: ClosedRange<CalendarDay>?, version: String) -> PrintableText {
    var text = OpenMetrics()
    text.begin("dmarcstat_build_info", help: "The version of the program; always 1")
    text.add(1, ["version": version])
    addMessages(to: &text)
    if let days {
      text.begin(
        "dmarcstat_period_start_timestamp_seconds", unit: "seconds",
        help: "The start of the first day that messages are counted for")
      text.add(days.lowerBound.startOfDay)
      text.begin(
        "dmarcstat_period_end_timestamp_seconds", unit: "seconds",
        help: "The end of the last day that messages are counted for")
      text.add(days.upperBound.advanced(by: 1).startOfDay)
    }
    addNewestReports(to: &text)
    addStore(to: &text)
    addIntake(to: &text)
    return text.encoded
  }

  private func addMessages(to text: inout OpenMetrics) {
    text.begin(
      "dmarcstat_messages", help: "Messages of the period by policy domain, verdict, and what receivers did with them")
    for (keys, count) in sums({ [$0.verdict.isEmpty ? "not-judged" : $0.verdict, Self.disposition($0)] }) {
      text.add(count, ["domain": keys[0], "verdict": keys[1], "disposition": keys[2]])
    }
    text.begin("dmarcstat_results", help: "Messages of the period by policy domain and DMARC result")
    for (keys, count) in sums({ [$0.passes.map { $0 ? "pass" : "fail" } ?? "unknown"] }) {
      text.add(count, ["domain": keys[0], "result": keys[1]])
    }
    text.begin(
      "dmarcstat_unknown_source_messages", help: "Messages of the period from unknown sources that need review")
    for (keys, count) in sums({ _ in [] }, where: \.isUnknown) { text.add(count, ["domain": keys[0]]) }
    text.begin("dmarcstat_domains", help: "Policy domains with messages in the period")
    text.add(Int64(domains.count + otherDomains))
  }

  private static func disposition(_ messages: Messages) -> String {
    messages.disposition.isEmpty ? "unknown" : messages.disposition
  }

  /// Sums the messages that meet a condition, by domain and further keys. A domain whose messages do not meet it has a sum of 0.
  private func sums(
    _ keys: (Messages) -> [String], where condition: (Messages) -> Bool = { _ in true }
  ) -> [([String], Int64)] {
    var order: [[String]] = []
    var sums: [[String]: Int64] = [:]
    for entry in messages {
      let key = [entry.domain ?? Self.others] + keys(entry)
      if sums[key] == nil { order.append(key) }
      sums[key, default: 0].addClamped(condition(entry) ? entry.count : 0)
    }
    return order.map { ($0, sums[$0] ?? 0) }
  }

  private func addNewestReports(to text: inout OpenMetrics) {
    text.begin(
      "dmarcstat_newest_report_timestamp_seconds", unit: "seconds",
      help: "The start of the newest day that a report about a domain is for")
    for domain in domains { text.add(domain.newestDay.startOfDay, ["domain": domain.name]) }
    if let newestDay {
      text.begin(
        "dmarcstat_newest_report_overall_timestamp_seconds", unit: "seconds",
        help: "The start of the newest day that any report is for")
      text.add(newestDay.startOfDay)
    }
  }

  private func addStore(to text: inout OpenMetrics) {
    text.begin("dmarcstat_reports", help: "Stored reports")
    text.add(reports)
    text.begin("dmarcstat_rows", help: "Rows of all stored reports")
    text.add(rows)
    text.begin("dmarcstat_database_bytes", unit: "bytes", help: "Size of the database with its write-ahead log")
    text.add(bytes)
    text.begin("dmarcstat_flows_not_judged", help: "Flows without a verdict")
    text.add(notJudged)
    text.begin("dmarcstat_conflicts", help: "Conflicts between reports that nobody has decided")
    text.add(conflicts)
  }

  private func addIntake(to text: inout OpenMetrics) {
    text.begin("dmarcstat_inputs", help: "Files, members of archives and messages in the ledger by their outcome")
    for outcome in ["ingested", "duplicate", "conflict", "rejected", "not-a-report"] {
      text.add(inputs[outcome] ?? 0, ["outcome": outcome])
    }
    text.begin("dmarcstat_problems", help: "Sources and mailboxes with a problem that lasts, by its kind")
    for (code, count) in problems.sorted(by: { $0.key < $1.key }) { text.add(count, ["kind": code]) }
    if let finished = ingest.finished {
      text.begin(
        "dmarcstat_last_ingest_timestamp_seconds", unit: "seconds", help: "When reports were last looked for")
      text.add(finished)
    }
    if let succeeded = ingest.succeeded {
      text.begin(
        "dmarcstat_last_successful_ingest_timestamp_seconds", unit: "seconds",
        help: "When reports were last looked for and every source could be read")
      text.add(succeeded)
    }
  }
}

extension CalendarDay {
  /// Epoch seconds.
  fileprivate var startOfDay: Int64 { number.multipliedClamped(by: 86_400) }
}
