/// The parsed subject of a report message: `Report Domain: … Submitter: … Report-ID: <…>`.
///
/// Source: RFC 7489 §7.2.1.1, RFC 9990 §3.5.2. Parsed leniently: white space, case and brackets vary, and the ID may be missing.
public struct ReportSubject: Sendable, Hashable {
  /// The domain that the report is about.
  public let domain: String?
  /// The sender of the report.
  public let submitter: String?
  /// The report ID without angle brackets.
  public let reportID: String?

  /// Parses a subject; nil if it is not that of a report.
  public init?(_ text: String) {
    let words = text.prefix(2_000).split { $0.isWhitespace }.map(String.init)
    func value(after key: String) -> String? {
      // The value may follow the key directly, as in `Report-ID:<1>`, or be the next word.
      for (index, word) in words.enumerated() where word.lowercased().hasPrefix(key) {
        let rest = word.dropFirst(key.count)
        let value = rest.isEmpty ? words.dropFirst(index + 1).first.map { $0[...] } ?? "" : rest
        let stripped = value.filter { !"<>{}[]\"".contains($0) }
        if !stripped.isEmpty, !stripped.hasSuffix(":") { return stripped }
      }
      return nil
    }
    domain = value(after: "domain:")
    submitter = value(after: "submitter:")
    reportID = value(after: "report-id:")
    guard domain != nil, submitter != nil || reportID != nil else { return nil }
  }
}
