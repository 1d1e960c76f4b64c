import DMARC

/// A repeated element that may occur only once. Its text is not kept, only named in a warning.
struct Repetition {
  let element: ReportElement
  let line: Int
  let message: String

  init(_ element: ReportElement, _ text: String, line: Int) {
    self.element = element
    self.line = line
    let name = element == .foreign ? "extension" : "\(element)"
    message = "\(name) is repeated as \"\(BoundedText.plain(text, limit: 200))\"; the first occurrence counts"
  }
}

/// The warnings of one report, bounded in number and bytes: the first are kept, the others are counted by kind.
struct WarningLog {
  static let limit = 1_000
  /// The maximum size of all messages in bytes.
  static let byteLimit = 128 << 10
  private(set) var warnings: [ReportWarning] = []
  private var bytes = 0
  private var further: [ReportWarning.Code: Int] = [:]
  private var unknownElements: Set<String> = []
  /// Warnings that apply to many records are logged once, with a count.
  private var cuts: [ReportElement: Occurrences] = [:]
  private var leftOut: [ReportElement: Occurrences] = [:]
  private var repetitions: [ReportElement: (first: Repetition, count: Int)] = [:]

  private struct Occurrences {
    var line: Int
    var count = 0
  }

  mutating func add(_ code: ReportWarning.Code, line: Int?, _ message: @autoclosure () -> String) {
    if warnings.count < Self.limit, bytes < Self.byteLimit {
      let warning = ReportWarning(code, line: line, message())
      bytes += warning.message.utf8.count
      warnings.append(warning)
    } else {
      further[code, default: 0] += 1
    }
  }

  /// Logs an unknown element once per report.
  mutating func addUnknownElement(_ name: String, in parent: ReportElement, line: Int) {
    let shown = BoundedText.plain(name, limit: 60)
    guard unknownElements.count < 100, unknownElements.insert("\(parent)/\(shown)").inserted else { return }
    add(.unknownElement, line: line, "element <\(shown)> is unknown here and was skipped")
  }

  mutating func noteRepeated(_ repetition: Repetition) {
    repetitions[repetition.element, default: (repetition, 0)].count += 1
  }

  mutating func noteCut(_ element: ReportElement, line: Int) {
    cuts[element, default: Occurrences(line: line)].count += 1
  }

  mutating func noteLeftOut(_ element: ReportElement, line: Int) {
    leftOut[element, default: Occurrences(line: line)].count += 1
  }

  /// Whether a warning about lost content is only counted.
  private(set) var hidesLoss = false

  mutating func close() {
    for (element, cut) in cuts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let what = element == .document ? "namespace" : "\(element)"
      let message = "\(what) has more than \(element.byteLimit) bytes and was truncated (\(cut.count) times)"
      warnings.append(ReportWarning(.textCut, line: cut.line, message))
    }
    for (element, surplus) in leftOut.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let message =
        "\(element) occurs more than \(ReportElement.entryLimit) times; the rest was left out (\(surplus.count) in total)"
      warnings.append(ReportWarning(.entriesLeftOut, line: surplus.line, message))
    }
    for (_, (first, count)) in repetitions.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let times = count == 1 ? "" : " (\(count) times in total)"
      warnings.append(ReportWarning(.repeatedElement, line: first.line, first.message + times))
    }
    for (code, count) in further.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      warnings.append(ReportWarning(.furtherWarnings, "\(count) more warnings of kind \(code.rawValue)"))
      if code.losesContent { hidesLoss = true }
    }
    (cuts, leftOut, repetitions, further) = ([:], [:], [:], [:])
  }
}
