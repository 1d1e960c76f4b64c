/// What the subject of a report mail says of the report: `Report Domain: … Submitter: … Report-ID: <…>`.
///
/// Source: RFC 7489 §7.2.1.1, RFC 9990 §3.5.2. Read leniently: blanks, case and brackets vary, the id may be missing.
public struct ReportSubject: Sendable, Hashable {
  /// The domain that the report is about.
  public let domain: String?
  /// Who sent it.
  public let submitter: String?
  /// The report id, without `<>`.
  public let reportID: String?

  /// Reads a subject; nil where it is not that of a report.
  public init?(_ text: String) {
    let words = text.prefix(2_000).split { $0.isWhitespace }.map(String.init)
    func value(after key: String) -> String? {
      // The value may stand at the key, as in `Report-ID:<1>`, or be the next word.
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
