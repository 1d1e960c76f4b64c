import CIDN2

/// Domain names beyond ASCII (RFC 5890): the same label as people write it (U-label) and as DNS holds it (A-label).
///
/// libidn2 maps and checks labels according to UTS #46 (non-transitional) and RFC 5891. Each label is converted by itself, so an invalid one
/// does not hide which organisation the name belongs to.
enum InternationalName {
  /// The longest label that is converted, in bytes. A-labels have at most 63, and each may stand for some decomposed characters.
  private static let mostBytes = 1_024

  private static let separators: Set<Unicode.Scalar> = [".", "\u{3002}", "\u{ff0e}", "\u{ff61}"]

  /// The name with each valid U-label as an A-label, its dots (UTS #46 §4) as full stops, and trailing dots removed. Labels that are not
  /// valid stay as they are.
  static func ascii(_ name: String) -> String {
    var labels = name.unicodeScalars.split(omittingEmptySubsequences: false) { separators.contains($0) }
    while labels.count > 1, labels.last?.isEmpty ?? false { labels.removeLast() }
    return labels.map { asciiLabel(String($0)) ?? String($0) }.joined(separator: ".")
  }

  /// The name with each A-label as a U-label, for people; nil if no label differs, or if one is not safe to show.
  static func unicode(_ name: String) -> String? {
    guard name.utf8.count <= 253 else { return nil }
    var hasChanged = false
    var labels: [String] = []
    for label in name.split(separator: ".", omittingEmptySubsequences: false) {
      let isEncoded = label.hasPrefix("xn--")
      guard let shown = isEncoded ? unicodeLabel(String(label)) : String(label) else { return nil }
      hasChanged = hasChanged || isEncoded
      labels.append(shown)
    }
    return hasChanged ? labels.joined(separator: ".") : nil
  }

  /// The A-label of a label, or the label in its mapped form if that is ASCII; nil if it is not valid.
  private static func asciiLabel(_ label: String) -> String? {
    guard label.utf8.count <= mostBytes, label.utf8.contains(where: { $0 >= 0x80 }) else { return nil }
    // UTS #46 drops some hidden characters; here a name with one is a different name. Joiners are valid in some scripts (RFC 5892 A.1).
    let joiners: ClosedRange<Unicode.Scalar> = "\u{200c}"..."\u{200d}"
    guard !label.unicodeScalars.contains(where: { $0.isHidden && !joiners.contains($0) }) else { return nil }
    guard
      let ascii = convert(
        label,
        { idn2_lookup_u8($0, $1, Int32(truncatingIfNeeded: IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue)) })
    else { return nil }
    // Characters such as a full-width slash are mapped to ASCII characters that no name has.
    return !ascii.isEmpty && ascii.utf8.allSatisfy(isNameByte) ? ascii : nil
  }

  /// The U-label of an A-label; nil if it is not valid, or not safe to show.
  private static func unicodeLabel(_ label: String) -> String? {
    let shown = label.withCString { text in
      take { idn2_to_unicode_8z8z(text, $0, Int32(truncatingIfNeeded: IDN2_NONTRANSITIONAL.rawValue)) }
    }
    guard let shown, asciiLabel(shown) == label, !shown.unicodeScalars.contains(where: \.isHidden) else { return nil }
    return LookAlikeAlphabet.hasSeveral(shown) ? nil : shown
  }

  private static func convert(
    _ label: String, _ body: (UnsafePointer<UInt8>, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>) -> Int32
  ) -> String? {
    var result: UnsafeMutablePointer<UInt8>?
    let code = (Array(label.utf8) + [0]).withUnsafeBufferPointer { $0.baseAddress.map { body($0, &result) } ?? -1 }
    defer { result.map { idn2_free($0) } }
    return code == IDN2_OK.rawValue ? result.map { String(cString: $0) } : nil
  }

  private static func take(_ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32) -> String? {
    var result: UnsafeMutablePointer<CChar>?
    let code = body(&result)
    defer { result.map { idn2_free($0) } }
    return code == IDN2_OK.rawValue ? result.map { String(cString: $0) } : nil
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: "_")
  }
}

/// Alphabets with letters that look like those of another one (UTS #39 §4).
private enum LookAlikeAlphabet: CaseIterable {
  case latin, greek, cyrillic, armenian, cherokee

  /// Whether a label mixes letters of several, such as a Cyrillic `а` among Latin letters.
  static func hasSeveral(_ label: String) -> Bool {
    Set(label.unicodeScalars.compactMap { scalar in allCases.first { $0.contains(scalar.value) } }).count > 1
  }

  private func contains(_ scalar: UInt32) -> Bool {
    switch self {
    case .latin:
      (0x61...0x7a).contains(scalar) || (0xdf...0x24f).contains(scalar) || (0x250...0x2af).contains(scalar)
        || (0x1e00...0x1eff).contains(scalar) || (0xa720...0xa7ff).contains(scalar)
    case .greek: (0x370...0x3ff).contains(scalar) || (0x1f00...0x1fff).contains(scalar)
    case .cyrillic:
      (0x400...0x52f).contains(scalar) || (0x1c80...0x1c8f).contains(scalar) || (0xa640...0xa69f).contains(scalar)
    case .armenian: (0x530...0x58f).contains(scalar)
    case .cherokee: (0x13a0...0x13ff).contains(scalar) || (0xab70...0xabbf).contains(scalar)
    }
  }
}
