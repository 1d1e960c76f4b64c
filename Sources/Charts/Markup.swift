/// Writes elements of SVG. Every text and attribute is escaped.
struct Markup {
  private(set) var text = ""

  /// An element without content, or with a text.
  mutating func element(_ name: String, _ attributes: [(String, String)], text content: String? = nil) {
    open(name, attributes, isEmpty: content == nil)
    guard let content else { return }
    text += Self.escaped(content)
    close(name)
  }

  mutating func open(_ name: String, _ attributes: [(String, String)], isEmpty: Bool = false) {
    text += "<\(name)"
    for (key, value) in attributes { text += " \(key)=\"\(Self.escaped(value))\"" }
    text += isEmpty ? "/>" : ">"
  }

  mutating func close(_ name: String) { text += "</\(name)>" }

  /// Escapes what has a meaning in XML, and leaves out characters that it does not allow.
  ///
  /// By scalars: a mark and a combining character after it are one `Character`, which no table of marks contains.
  static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "'": result.append(contentsOf: "&#39;".unicodeScalars)
      case "\t", "\n": result.append(" ")
      case "\u{0}"..<"\u{20}", "\u{7f}"..<"\u{a0}", "\u{fffe}", "\u{ffff}": continue
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}

/// Coordinates as text.
enum Coordinate {
  /// With one digit after the point at most, whatever the number.
  static func text(_ value: Double) -> String {
    let limited = value.isNaN ? 0 : min(max(value, -100_000), 100_000)
    let tenths = Int(limited * 10 + (limited < 0 ? -0.5 : 0.5))
    let sign = tenths < 0 ? "-" : ""
    let (whole, rest) = (tenths.magnitude / 10, tenths.magnitude % 10)
    return rest == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(rest)"
  }
}
