import ArgumentParser
import DMARC
import Foundation
import Settings
import Store

/// What a shell offers for a word that is being typed: names from the configuration and the database, which are only read.
enum Completions {
  /// Policy domains that reports are about.
  static let domains = CompletionKind.custom { words, _, start in
    named(words, start) { database, _ in try database.policyDomains(startingWith: start, limit: most) }
  }

  /// Known senders.
  static let senders = CompletionKind.custom { words, _, start in
    named(words, start) { database, _ in try database.knownSenders().map(\.sender.name) }
  }

  /// What `explain` takes: known senders and domains.
  static let subjects = CompletionKind.custom { words, _, start in
    named(words, start) { database, _ in
      try database.knownSenders().map(\.sender.name) + database.policyDomains(startingWith: start, limit: most)
    }
  }

  /// Acknowledged sources.
  static let acknowledged = CompletionKind.custom { words, _, start in
    named(words, start) { database, _ in try database.acknowledgements().map { "\($0.subject)" } }
  }

  /// Days and periods: words, and the months with reports.
  static let days = CompletionKind.custom { words, _, start in
    named(words, start, and: ["7d", "30d", "yesterday", "last-month", "this-month"]) { try months($0, $1) }
  }

  /// Months: words, and those with reports.
  static let months = CompletionKind.custom { words, _, start in
    named(words, start, and: ["last-month", "this-month"]) { try months($0, $1) }
  }

  /// Accounts of the configuration.
  static let accounts = CompletionKind.custom { words, _, start in
    chosen((try? Configuration.load(named: place(words).config).accounts.map(\.name)) ?? [], start)
  }

  /// The most words that are offered. A shell asks before it lists more than a hundred.
  private static let most = 1_000

  /// - Parameters:
  ///   - fixed: words that are offered even without a database.
  ///   - names: reads the others.
  private static func named(
    _ words: [String], _ start: String, and fixed: [String] = [],
    _ names: (ReportDatabase, Configuration) throws -> [String]
  ) -> [String] {
    let place = place(words)
    // A configuration with a mistake may still be one whose database is the default one.
    let configuration = (try? Configuration.load(named: place.config)) ?? Configuration()
    guard let path = try? DatabaseOptions.path(place.database, configuration),
      FileManager.default.fileExists(atPath: path),
      let database = try? ReportDatabase(path: path, access: .readOnly, patience: 0)
    else { return chosen(fixed, start) }
    return chosen(fixed + ((try? names(database, configuration)) ?? []), start)
  }

  /// Names that begin as typed, without those that would not be one word of a shell or could change its terminal.
  private static func chosen(_ names: [String], _ start: String) -> [String] {
    var seen: Set<String> = []
    var result: [String] = []
    for name in names where result.count < most && name.hasPrefix(start) && seen.insert(name).inserted {
      if !name.unicodeScalars.contains(where: { $0.isHidden || $0 == ":" }) { result.append(name) }
    }
    return result
  }

  private static func months(_ database: ReportDatabase, _ configuration: Configuration) throws -> [String] {
    guard let days = try database.reportDays() else { return [] }
    var months: [String] = []
    var day = days.upperBound
    while day >= days.lowerBound, months.count < 36 {
      let name = String("\(day)".prefix(7))
      months.append(name)
      guard let first = CalendarDay(name + "-01") else { break }
      day = first.advanced(by: -1)
    }
    return months
  }

  private struct Place {
    let database, config: String?
  }

  /// The database and configuration that the words so far name.
  private static func place(_ words: [String]) -> Place {
    var (database, config): (String?, String?)
    for (index, word) in words.enumerated() {
      for name in ["--database", "--config", "-b"] {
        let value =
          word == name && index + 1 < words.count
          ? words[index + 1] : word.hasPrefix(name + "=") ? String(word.dropFirst(name.count + 1)) : nil
        guard let value else { continue }
        if name == "--config" { config = value } else { database = value }
      }
    }
    return Place(database: database, config: config)
  }
}
