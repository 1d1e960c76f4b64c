package import DMARC
package import Foundation

/// The time zone in which `today`, `last-month` or `7d` is understood. Days of reports are UTC days; a period names
/// calendar dates of this zone and is compared with them by date.
package enum PeriodZone: Sendable, Hashable {
  /// The zone of the machine: `$TZ`, else /etc/localtime.
  case machine
  case utc
  /// A zone of the IANA time zone database.
  case named(TimeZone)

  /// The zone with an IANA name, such as `Asia/Tokyo`; nil if there is none.
  package init?(name: String) {
    if name.uppercased() == "UTC" {
      self = .utc
      return
    }
    // Abbreviations are ambiguous (CST, IST), and their meaning is not that of the IANA database.
    guard Self.isName(name), name.contains("/") || Self.isFile(name), let zone = TimeZone(identifier: name) else {
      return nil
    }
    self = .named(zone)
  }

  /// The calendar date of a time, epoch seconds.
  package func day(at epoch: Int64) -> CalendarDay {
    CalendarDay(epoch: epoch.addingClamped(Int64(offset(at: epoch))))
  }

  /// Seconds east of UTC.
  private func offset(at epoch: Int64) -> Int {
    switch self {
    case .utc: return 0
    case .named(let zone): return zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(epoch)))
    case .machine:
      // Foundation ignores the POSIX form of TZ (EST5EDT,M3.2.0,M11.1.0).
      var time = time_t(epoch)
      var parts = tm()
      tzset()
      return localtime_r(&time, &parts) == nil ? 0 : parts.tm_gmtoff
    }
  }

  /// The names that are most similar to a mistyped one.
  package static func names(near text: String) -> [String] {
    NearNames.of(text, among: TimeZone.knownTimeZoneIdentifiers, part: "/")
  }

  private static func isName(_ text: String) -> Bool {
    text.utf8.count <= 64 && !text.contains("..") && text.first != "/"
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) || "/_+-".utf8.contains(byte)
      }
  }

  private static func isFile(_ name: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: "/usr/share/zoneinfo/\(name)", isDirectory: &isFolder)
      && !isFolder.boolValue
  }
}
