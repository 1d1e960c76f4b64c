import DMARC

/// Names of operators from files by third parties.
enum NameText {
  /// The maximum length of a name, in bytes.
  private static let mostBytes = 100

  /// The name on one line, without invisible characters or repeated spaces. A name that is too long is cut and ends with a hash, so that
  /// different names stay different.
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
