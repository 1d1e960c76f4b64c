import DMARC

/// A text in the OpenMetrics format, version 1.0, of gauges alone: every number in a database can fall again, for example when reports
/// are removed. The older text format of Prometheus reads it in the same way.
package struct OpenMetrics: Sendable {
  private var text = ""
  private var current = ""

  /// Creates an empty text.
  package init() {}

  /// Begins a family. All its samples follow before the next one begins.
  /// - Parameters:
  ///   - unit: the unit, with which the name must end; nil for plain numbers.
  ///   - help: a sentence without a full stop.
  package mutating func begin(_ name: String, unit: String? = nil, help: String) {
    current = name
    text += "# TYPE \(name) gauge\n"
    if let unit { text += "# UNIT \(name) \(unit)\n" }
    text += "# HELP \(name) \(Self.escape(help, quotes: false))\n"
  }

  /// Adds a sample to the family.
  /// - Parameter labels: names of labels with their values, which may be hostile.
  package mutating func add(_ value: Int64, _ labels: KeyValuePairs<String, String> = [:]) {
    let list = labels.map { "\($0)=\"\(Self.escape($1, quotes: true))\"" }.joined(separator: ",")
    text += list.isEmpty ? "\(current) \(value)\n" : "\(current){\(list)} \(value)\n"
  }

  /// The whole text, with its end mark.
  package var encoded: PrintableText { PrintableText(encoded: text + "# EOF\n") }

  /// Backslashes, line ends and quotes have escapes in the format (OpenMetrics 1.0, "ABNF"); hidden characters have none, and become `\u{202e}`
  /// with an escaped backslash.
  private static func escape(_ text: String, quotes: Bool) -> String {
    let visible = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      .map { HiddenCharacterEscaping.escape(String($0), .braces) }.joined(separator: "\n")
    var result = ""
    for scalar in visible.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quotes: result += "\\\""
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
