import DMARC

/// Names of operators in files that others write.
enum NameText {
  /// The most bytes of a name.
  private static let mostBytes = 100

  /// The name in one line: without control characters and others that are not seen, and without blanks that repeat. Longer names end with
  /// a hash, so that different ones stay different.
  static func clean(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    var isAfterBlank = true
    for scalar in text.unicodeScalars {
      let isBlank = scalar.properties.isWhitespace || scalar.value < 0x20 || scalar.value == 0x7f
      if isBlank {
        if !isAfterBlank { scalars.append(" ") }
        isAfterBlank = true
      } else if !scalar.isHidden {
        scalars.append(scalar)
        isAfterBlank = false
      }
    }
    if isAfterBlank, !scalars.isEmpty { scalars.removeLast() }
    return BoundedText.head(String(scalars), limit: mostBytes)
  }
}
