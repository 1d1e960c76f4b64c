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
    let words = Self.words(text)
    let keys = words.map { $0.lowercased() }
    func value(after key: String) -> String? {
      // The value may follow the key directly, as in `Report-ID:<1>`, or be the next word.
      for (index, word) in keys.enumerated() where word.hasPrefix(key) {
        let rest = words[index].dropFirst(key.count)
        let value = rest.isEmpty ? words.dropFirst(index + 1).first.map { $0[...] } ?? "" : rest
        let stripped = Self.stripped(value)
        if !stripped.isEmpty, !stripped.hasSuffix(":") { return stripped }
      }
      return nil
    }
    domain = value(after: "domain:")
    submitter = value(after: "submitter:")
    reportID = value(after: "report-id:")
    guard domain != nil, submitter != nil || reportID != nil else { return nil }
  }

  // Every message has a subject, and nearly all are ASCII, whose bytes are compared many times as fast as characters.

  private static func words(_ text: String) -> [String] {
    guard isASCII(text) else { return text.prefix(2_000).split { $0.isWhitespace }.map(String.init) }
    return text.utf8.prefix(2_000).split { $0 == 0x20 || (0x09...0x0d).contains($0) }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  private static func stripped(_ value: Substring) -> String {
    guard isASCII(value) else { return value.filter { !"<>{}[]\"".contains($0) } }
    return String(decoding: value.utf8.lazy.filter { !brackets.contains($0) }, as: UTF8.self)
  }

  private static let brackets = Array("<>{}[]\"".utf8)

  private static func isASCII(_ text: some StringProtocol) -> Bool { text.utf8.allSatisfy { $0 < 0x80 } }
}
