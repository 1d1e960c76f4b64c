import DMARC
import Foundation
package import Lookup
package import Settings
import Verdict

/// A file that names sources, as `names` and `doctor` describe it.
package struct NameFileReport: Sendable {
  /// The path in the configuration; nil for the built-in table.
  package let path: String?
  /// The configuration key that names the file; nil for the built-in table.
  package let key: String?
  /// The kind of file. The raw values are printed.
  package let kind: Kind
  /// The publisher's name for files of this type.
  package var type: String?
  /// The number of domains, networks or lines in the file.
  package var entries: Int?
  /// The licence, as its publisher states it.
  package var licence: String?
  /// When the file was built, in epoch seconds; for a table, when it was last modified.
  package var date: Int64?
  /// The age in days above which the file is stale; nil if its age does not matter.
  package var mostDays: Int64?
  /// The number of ignored lines by flaw, and the number of the first one, from 1.
  package var flaws: [ServiceMap.Flaw: Int] = [:]
  package var firstFlaw: Int?
  /// Why the file cannot be used; nil if it can.
  package var problem: String?

  package enum Kind: String, Sendable, Hashable {
    /// Operators by the domain of their hosts.
    case map
    /// Networks, countries or both, by address.
    case networks
    /// The infrastructure table.
    case infrastructure
    /// A file that cannot be used.
    case unknown
  }

  /// The age in whole days; negative for a date in the future, nil if the date is not known.
  package func days(at now: Int64) -> Int64? { date.map { now.subtractingClamped($0) / Self.day } }

  /// Whether a newer file should be fetched.
  package func isStale(at now: Int64) -> Bool {
    guard let mostDays, let days = days(at: now) else { return false }
    return days > mostDays
  }

  private static let day: Int64 = 86_400
}

extension NameFileReport {
  /// All name files of a configuration in order of precedence, including the built-in table.
  package static func all(_ configuration: Configuration) -> [NameFileReport] {
    var reports = [
      NameFileReport(
        path: nil, key: nil, kind: .infrastructure, type: nil, entries: InfrastructureTable.builtIn.count)
    ]
    if let path = configuration.infrastructure { reports.insert(infrastructure(path), at: 0) }
    reports += configuration.names.map { file($0, key: "names") }
    reports += configuration.geoip.map { file($0, key: "geoip") }
    return reports
  }

  private static func infrastructure(_ path: String) -> NameFileReport {
    var report = NameFileReport(path: path, key: "infrastructure", kind: .infrastructure)
    report.date = modified(path)
    guard let data = FileManager.default.contents(atPath: path) else {
      report.problem = "\(path): the infrastructure table cannot be read: check that it exists and that you may read it"
      return report
    }
    var table = InfrastructureTable()
    do { try table.extend(with: String(decoding: data, as: UTF8.self)) } catch { report.problem = "\(path): \(error)" }
    report.entries = table.count
    return report
  }

  private static func file(_ path: String, key: String) -> NameFileReport {
    let found: NameFile
    do {
      found = key == "geoip" ? .networks(try GeoDatabase(path: path)) : try NameFile(path: path)
    } catch {
      var report = NameFileReport(path: path, key: key, kind: .unknown)
      report.problem = "\(error)"
      return report
    }
    switch found {
    case .map(let map):
      var report = NameFileReport(path: path, key: key, kind: .map, entries: map.count)
      report.licence = "CC BY-SA 4.0 (parsedmarc)"
      report.date = modified(path)
      report.mostDays = mostDaysOfMaps
      (report.flaws, report.firstFlaw) = (map.flaws, map.firstFlaw?.line)
      return report
    case .networks(let database):
      let description = database.description()
      var report = NameFileReport(
        path: path, key: key, kind: .networks, type: description.type, entries: description.networks)
      report.licence = description.licence
      report.date = description.built
      report.mostDays = description.mostDays
      return report
    }
  }

  /// Services come and go slowly.
  private static let mostDaysOfMaps: Int64 = 180

  private static func modified(_ path: String) -> Int64? {
    let date = (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
    return date.flatMap { Int64(exactly: $0.timeIntervalSince1970.rounded(.down)) }
  }
}

extension GeoDatabase.Description {
  /// The licence of the publisher's free files; nil for paid ones, whose terms are in a contract.
  var licence: String? {
    let type = type.lowercased()
    switch publisher {
    case .maxMind: return type.hasPrefix("geolite2") ? "GeoLite2 EULA (MaxMind)" : nil
    case .dbIP: return type.contains("lite") ? "CC BY 4.0 (DB-IP)" : nil
    case .ipinfo: return type.contains("lite") || type.contains("free") ? "CC BY-SA 4.0 (IPinfo)" : nil
    case nil: return nil
    }
  }

  /// The GeoLite2 licence requires old files to be replaced within 30 days. Other publishers release files at least
  /// once a month.
  var mostDays: Int64 { publisher == .maxMind ? 30 : 90 }
}
