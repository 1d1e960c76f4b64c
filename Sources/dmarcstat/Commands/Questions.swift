import ArgumentParser
import DMARC
import Intake
import Foundation
import Render
import Store

struct Summary: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "How each of your domains fares.",
    discussion: """
      For each policy domain: messages, how many passed DMARC, by what, what was done with the rest, and what you publish. \
      With a period, CHANGE compares the pass rate with the period of the same length before it, in percentage points.

      EXAMPLES
        dmarcstat summary
        dmarcstat summary --month last-month
        dmarcstat summary --since 7d --domain example.com
        dmarcstat summary --format json | jq '.[] | {policy_domain, pass_rate}'
      """)

  @OptionGroup var filter: FilterOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let answer = try databaseOptions.openForReading().summary(filter.filter(defaultLimit: nil))
    Terminal.print(Rendering.text(ResultTable(answer), format.format))
  }
}

struct TopFailures: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Who fails DMARC, most messages first.",
    discussion: """
      Each line is a source that failed: what the raw SPF and DKIM checks said, for which domains, and the verdict on it. \
      `dmarcstat show ip ADDRESS` tells why, and what to do.

      EXAMPLES
        dmarcstat top-failures
        dmarcstat top-failures --by verdict --month 2026-10   start here
        dmarcstat top-failures --by network --since 7d
        dmarcstat top-failures -d example.com --limit 0 --format csv
      """)

  @Option(help: "What to group by.")
  var by: FailureGrouping = .source

  @OptionGroup var filter: FilterOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let answer = try databaseOptions.openForReading().failures(by: by, filter.filter(defaultLimit: 20))
    Terminal.print(Rendering.text(ResultTable(answer, by: by), format.format))
  }
}

struct UnknownSenders: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Addresses that nobody has declared and that never passed aligned DKIM.",
    discussion: """
      If one is yours, declare it: `dmarcstat senders add`. If it is nobody's, it is what p=quarantine and p=reject are for.

      EXAMPLES
        dmarcstat unknown-senders --month last-month
        dmarcstat unknown-senders --new-since 7d      new this week
        dmarcstat unknown-senders --format ndjson --limit 0
      """)

  @Option(help: ArgumentHelp("Only addresses that were never seen before this day.", valueName: "day"))
  var newSince: String?

  @OptionGroup var filter: FilterOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let today = CalendarDay(epoch: Int64(Date().timeIntervalSince1970))
    let day = try newSince.map { try FilterOptions.day("--new-since", $0, today).lowerBound }
    let answer = try databaseOptions.openForReading().unknownSenders(filter.filter(defaultLimit: 20), newSince: day)
    Terminal.print(Rendering.text(ResultTable(answer), format.format))
  }
}

struct Forwarding: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Mail that was only forwarded, by forwarder.",
    discussion: """
      SPF cannot survive forwarding, a DKIM signature can. This lists mail that lost SPF on the way while an aligned signature \
      survived, and mail of which the receiver itself says that it was forwarded or came by a list. It is judged from the raw \
      results: that policy_evaluated says spf=fail is no sign of forwarding, most such mail comes from services with an \
      envelope domain of their own.

      EXAMPLES
        dmarcstat forwarding --month last-month
        dmarcstat forwarding --domain example.com --format csv
      """)

  @OptionGroup var filter: FilterOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let answer = try databaseOptions.openForReading().forwarding(filter.filter(defaultLimit: 20))
    Terminal.print(Rendering.text(ResultTable(answer), format.format))
  }
}

struct Rejects: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Inputs that could not be read, and what to do about them.",
    discussion: """
      Each was named once, when `ingest` met it. It is tried again when the file changes, or with `dmarcstat ingest --retry`.

      EXAMPLES
        dmarcstat rejects
        dmarcstat rejects --format json
      """)

  @Option(
    name: [.customShort("n"), .long], help: ArgumentHelp("At most this many rows; 0 for all.", valueName: "rows"))
  var limit = 50

  @OptionGroup var format: FormatOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    var answer = try databaseOptions.openForReading().rejects(limit: limit == 0 ? nil : limit)
    for index in answer.indices { answer[index].path = InputFile.path(ofLedgerName: answer[index].path) }
    Terminal.print(Rendering.text(ResultTable(answer), format.format))
  }
}
