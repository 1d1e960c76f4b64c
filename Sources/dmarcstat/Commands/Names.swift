import ArgumentParser
import Classification
import DMARC
import Foundation
import Lookup
import Render
import Settings
import Store
import Verdict

struct Names: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "names",
    abstract: "Show the names of sources, and the files that they come from.",
    discussion: """
      Without arguments, lists the files that name sources, with their number of entries, licence, date and age, and says which \
      are stale or cannot be used. You supply these files and list them in the configuration:

        names: [base_reverse_dns_map.csv, ipinfo_lite.mmdb]

      Such a file is the service map of the parsedmarc project (CSV), or a MaxMind DB file with autonomous systems: GeoLite2-ASN, \
      DB-IP ASN Lite or IPinfo Lite. Those of `geoip` count as well.

      With addresses or host names, says what each is called, and why. The first of these counts: a known sender; the \
      infrastructure table; the map, if the host name is confirmed; the organisation that announces the network; the domain of \
      the confirmed host name; the network. A host name is confirmed if the address has the name and the name has the address: \
      otherwise, the owner of an address could give it any name. Names are hints, and no verdict depends on them.

      top-failures, unknown-senders and forwarding group sources by these names with --by operator.

      The exit status is 1 if a file cannot be used.

      EXAMPLES
        dmarcstat names
        dmarcstat names 192.0.2.1 2001:db8::25
        dmarcstat names mail.example.net --offline
        dmarcstat names 192.0.2.1 --format json
        dmarcstat top-failures --by operator
      """)

  @Argument(help: ArgumentHelp("Addresses or host names.", valueName: "subject"))
  var subjects: [String] = []

  @Flag(help: "Look nothing up: use only host names that are stored.")
  var offline = false

  @OptionGroup var dnsOptions: DNSOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var languageOption: LanguageOption
  @OptionGroup var databaseOptions: DatabaseOptions

  /// The maximum number of addresses and hosts in one call.
  private static let mostSubjects = 1_000
  /// The maximum time for lookups, in seconds.
  private static let mostSeconds: Double = 30

  func validate() throws {
    guard subjects.count <= Self.mostSubjects else {
      throw ValidationError("Name at most \(Self.mostSubjects) addresses or hosts.")
    }
    if offline, dnsOptions.resolver != nil || dnsOptions.zone != nil {
      throw ValidationError("--offline looks nothing up: leave out --resolver and --zone.")
    }
    for subject in subjects where IPAddress(subject) == nil { _ = try DomainName(argument: subject) }
  }

  func run() throws {
    let configuration = try databaseOptions.configuration()
    let phrasebook = Phrasebook(languageOption.language(configuration))
    if subjects.isEmpty { return try list(configuration, phrasebook) }
    let database = try databaseOptions.openIfThere(configuration)
    let context = try ClassificationContext(configuration, database?.knownSenders() ?? [])
    let service = offline ? nil : try NameService(dnsOptions.settings(configuration))
    var answer = NamesAnswer(
      names: try OperatorNames(configuration, context), context: context,
      hosts: HostLookUps(database, service, deadline: Resolver.now + Self.mostSeconds), phrasebook: phrasebook)
    let rows = try subjects.map { subject in
      if let address = IPAddress(subject) { return try answer.row(address) }
      return try answer.row(DomainName(argument: subject))
    }
    format.print(NamesAnswer.table(rows))
    guard format.format == .table else { return }
    Terminal.print(lines: [""] + rows.map { "- \($0.reason)" })
  }

  private func list(_ configuration: Configuration, _ phrasebook: Phrasebook) throws {
    let now = Int64(Date().timeIntervalSince1970)
    let files = NameFileReport.all(configuration)
    let list = NameFileList(files: files, now: now, zone: configuration.timeZone, phrasebook: phrasebook)
    format.print(list.table)
    if format.format == .table, !list.notes.isEmpty { Terminal.print(lines: [""] + list.notes.map { "- \($0)" }) }
    if files.contains(where: { $0.problem != nil }) { throw ExitCode(.incomplete) }
  }
}

/// The list of files that name sources.
struct NameFileList {
  let files: [NameFileReport]
  /// Epoch seconds.
  let now: Int64
  let zone: PeriodZone
  let phrasebook: Phrasebook

  var table: ResultTable {
    ResultTable(
      [
        Column("file"), Column("key"), Column("kind"), Column("type"), Column("entries"), Column("licence"),
        Column("date"), Column("age_days", "AGE (DAYS)"), Column("state"), Column("left_out", isDetail: true),
        Column("problem", isDetail: true),
      ],
      files.map { file in
        [
          .text(file.path ?? page("built-in")), Cell(file.key), .text(file.kind.rawValue), Cell(file.type),
          Cell(file.entries.map { Int64($0) }), Cell(file.licence), Cell(file.date.flatMap(day)),
          Cell(file.days(at: now)), .text(state(file)), .integer(file.leftOut), Cell(file.problem),
        ]
      })
  }

  /// The day of a date; nil if a damaged file puts it outside any calendar.
  private func day(_ seconds: Int64) -> String? {
    (0..<(1 << 36)).contains(seconds) ? "\(zone.day(at: seconds))" : nil
  }

  private func state(_ file: NameFileReport) -> String {
    file.problem != nil ? "unusable" : file.isStale(at: now) ? "stale" : "ok"
  }

  private func page(_ code: String, _ values: [String: String] = [:]) -> String {
    phrasebook.text("names.\(code)", values)
  }

  /// What to do, in sentences.
  var notes: [String] {
    var notes: [String] = []
    for file in files {
      let path = file.path ?? ""
      if let problem = file.problem { notes.append(page("unusable", ["file": path, "problem": problem])) }
      if file.isStale(at: now) {
        let days = ["file": path, "days": "\(file.days(at: now) ?? 0)", "most": "\(file.mostDays ?? 0)"]
        notes.append(page("stale", days))
      }
      if let line = file.firstFlaw {
        notes.append(page("left-out", ["file": path, "count": "\(file.leftOut)", "line": "\(line)"]))
      }
      if let licence = file.licence { notes.append(page("licence", ["file": path, "licence": licence])) }
    }
    if !files.contains(where: { $0.key == "names" }) { notes.append(page("none")) }
    return notes
  }
}

extension NameFileReport {
  /// The number of ignored lines.
  var leftOut: Int64 { flaws.values.reduce(0) { $0.addingClamped(Int64($1)) } }
}
