import DMARC

/// The warnings of one report. Bounded: a report of a million odd rows keeps the first and counts the rest by kind.
struct WarningLog {
  static let limit = 1_000
  private(set) var warnings: [ReportWarning] = []
  private var further: [ReportWarning.Code: Int] = [:]
  private var unknownElements: Set<String> = []

  mutating func add(_ code: ReportWarning.Code, line: Int?, _ message: @autoclosure () -> String) {
    if warnings.count < Self.limit {
      warnings.append(ReportWarning(code, line: line, message()))
    } else {
      further[code, default: 0] += 1
    }
  }

  /// Says once a report that an element is not known, however often it comes.
  mutating func addUnknownElement(_ name: String, in parent: Place, line: Int) {
    guard unknownElements.count < 100, unknownElements.insert("\(parent)/\(name)").inserted else { return }
    add(.unknownElement, line: line, "element <\(name.prefix(60))> is not known here and was skipped")
  }

  mutating func close() {
    for (code, count) in further.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      warnings.append(ReportWarning(.furtherWarnings, "\(count) more warnings of the kind \(code.rawValue)"))
    }
    further = [:]
  }
}
