extension Unicode.Scalar {
  /// Whether a reader cannot see this character, or whether it changes how the text around it is shown.
  ///
  /// Controls (C0, C1, DEL), format characters (bidirectional controls, zero width, soft hyphen, tags), fillers and other
  /// default-ignorable characters, variation selectors, line and paragraph separators, noncharacters, unassigned and private use
  /// characters. Blanks that take up space are not hidden.
  public var isHidden: Bool {
    switch value {
    case 0x20..<0x7f, 0xa0..<0xad, 0xae..<0x300: false
    case 0..<0xa0, 0xad: true
    // Kana, and the ideographs that are assigned in every version of Unicode in use.
    case 0x3000..<0x3040, 0x3041...0x3096, 0x3099...0x30ff, 0x4e00...0x9fef: false
    // Blank glyphs that no property tells apart from visible ones.
    case 0x2800, 0x1d159: true
    default: isHiddenByProperty
    }
  }

  private var isHiddenByProperty: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: true
    default: properties.isDefaultIgnorableCodePoint
    }
  }

  /// Whether this character is drawn over the one before it.
  public var isCombiningMark: Bool {
    guard value >= 0x300 else { return false }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .spacingMark: return true
    default: return false
    }
  }
}

/// Replaces hidden characters, and combining marks with nothing of the text to combine with.
public struct HiddenCharacterEscaping: Sendable {
  /// How an escape is written.
  public enum Style: Sendable {
    /// `\u{202e}`; a backslash before `u{` becomes `\u{5c}`, so that every escape can be told from text.
    case braces
    /// `\u202e`, in surrogate pairs beyond the BMP (RFC 8259 §7). For JSON text, or for the inside of a JSON string in which
    /// backslashes are doubled already.
    case json
  }

  /// Whether text can be shown as it is, judged by its bytes alone: printable ASCII without a backslash.
  public static func isPlain(_ text: String) -> Bool {
    text.utf8.allSatisfy { (0x20..<0x7f).contains($0) && $0 != UInt8(ascii: "\\") }
  }

  /// Text with escapes in place of what a reader could not see.
  public static func escape(_ text: String, _ style: Style) -> String {
    if isPlain(text) { return text }
    var result = ""
    var canCombine = false
    let scalars = text.unicodeScalars
    var index = scalars.startIndex
    while index < scalars.endIndex {
      let scalar = scalars[index]
      index = scalars.index(after: index)
      if scalar.isHidden || (!canCombine && scalar.isCombiningMark)
        || (style == .braces && scalar == "\\" && scalars[index...].starts(with: "u{".unicodeScalars))
      {
        result += Self.escape(scalar, style)
        canCombine = false
      } else {
        result.unicodeScalars.append(scalar)
        canCombine = scalar != "\""
      }
    }
    return result
  }

  private static func escape(_ scalar: Unicode.Scalar, _ style: Style) -> String {
    switch style {
    case .braces: "\\u{\(String(scalar.value, radix: 16))}"
    case .json: UTF16.encode(scalar).map { $0.map(jsonEscape).joined() } ?? ""
    }
  }

  private static func jsonEscape(_ unit: UInt16) -> String {
    let digits = String(unit, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
