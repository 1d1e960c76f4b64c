/// The parts of a report's file name: `receiver!policy-domain!begin!end[!unique-id].xml.gz` (RFC 7489 §7.2.1.1, RFC 9990 §3.5.2).
public struct ReportFileName: Sendable, Hashable {
  /// The receiver of the mail, which sent the report.
  public let receiver: String
  /// The domain that the report is about.
  public let policyDomain: String
  /// Start of the reporting period, epoch seconds.
  public let begin: Int64
  /// End of the reporting period, epoch seconds.
  public let end: Int64
  /// The optional last part, without file name extensions.
  public let uniqueID: String?

  /// Parses a file name, with or without a path; nil if it does not have this form.
  public init?(_ path: String) {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let parts = name.split(separator: "!", omittingEmptySubsequences: false).map(String.init)
    guard (4...5).contains(parts.count), !parts[1].isEmpty else { return nil }
    guard let begin = Self.moment(parts[2]), let end = Self.moment(Self.withoutExtensions(parts[3])) else { return nil }
    receiver = parts[0]
    policyDomain = parts[1]
    self.begin = begin
    self.end = end
    let id = parts.count == 5 ? Self.withoutExtensions(parts[4]) : ""
    uniqueID = id.isEmpty ? nil : id
  }

  /// Epoch seconds within ``CalendarDay/plausibleTimestamps``.
  private static func moment(_ text: String) -> Int64? {
    Int64(text).flatMap { CalendarDay.plausibleTimestamps.contains($0) ? $0 : nil }
  }

  /// The extensions of reports, and those that encryption, archives and gateways add.
  private static let extensions = [
    ".gz", ".zip", ".xml", ".p7m", ".pgp", ".gpg", ".asc", ".7z", ".rar", ".tar", ".bz2", ".xz", ".zst", ".txt", ".htm",
    ".html",
  ]

  private static func withoutExtensions(_ text: String) -> String {
    var rest = Substring(text)
    while let suffix = extensions.first(where: { rest.lowercased().hasSuffix($0) }) {
      rest = rest.dropLast(suffix.count)
    }
    return String(rest)
  }
}
