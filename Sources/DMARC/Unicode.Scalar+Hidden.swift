extension Unicode.Scalar {
  /// Whether this character is invisible, or changes how the text around it is displayed.
  ///
  /// Controls (C0, C1, DEL), format characters (bidirectional controls, zero width, soft hyphen, tags), fillers and other
  /// default-ignorable characters, variation selectors, line and paragraph separators, noncharacters, unassigned and private use
  /// characters. Spaces that take up room are not hidden.
  package var isHidden: Bool {
    switch value {
    case 0x20..<0x7f, 0xa0..<0xad, 0xae..<0x300: false
    case 0..<0xa0, 0xad: true
    // Kana, and the ideographs that are assigned in every version of Unicode in use.
    case 0x3000..<0x3040, 0x3041...0x3096, 0x3099...0x30ff, 0x4e00...0x9fef: false
    // Blank glyphs that no Unicode property distinguishes from visible ones.
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

  /// Whether this character combines with the one before it.
  package var isCombiningMark: Bool {
    guard value >= 0x300 else { return false }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .spacingMark: return true
    default: return false
    }
  }
}
