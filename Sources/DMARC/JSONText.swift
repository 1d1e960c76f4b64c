/// Builds JSON text (RFC 8259) in UTF-8, straight into bytes: reports can have millions of records.
///
/// It has two uses. One is output. The other is the database: outcomes and policies are stored once, under the ``CanonicalHash`` of the
/// ``Form/stored`` text of all their fields. So the order and names of the fields, and every byte of the escapes in that form, are part of the
/// database format: if one changes, no old key is found again and everything is stored twice. `StoredFormTests` pins them.
///
/// ```swift
/// var json = JSONText()
/// json.object {
///   $0.field("source", "192.0.2.1")
///   $0.field("messages", 12)
/// }
/// print(json.string)  // {"source":"192.0.2.1","messages":12}
/// ```
public struct JSONText: Sendable {
  /// How strings are written. A JSON parser reads the same strings from both forms.
  public enum Form: Sendable {
    /// For output: hidden characters are written as `\uXXXX`, so that a reader can see them.
    case shown
    /// For the database, where equal values are found by equal text. This form never changes.
    case stored
  }

  /// The text so far, in UTF-8.
  public private(set) var bytes: [UInt8] = []
  /// Whether the next value in the innermost array or object needs a comma before it.
  private var needsComma = false

  /// How its strings are written.
  public let form: Form

  /// Creates an empty text.
  public init(_ form: Form = .shown) { self.form = form }

  /// The text so far, as a string.
  public var string: String { String(decoding: bytes, as: UTF8.self) }

  /// Empties the buffer, for example after writing it out; the nesting is kept, so more text may follow.
  public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// Writes an object; `body` writes its fields.
  public mutating func object(_ body: (inout JSONText) -> Void) {
    open("{")
    body(&self)
    close("}")
  }

  /// Writes an array; `body` writes its values.
  public mutating func array(_ body: (inout JSONText) -> Void) {
    open("[")
    body(&self)
    close("]")
  }

  /// Opens an object or array that ``close(_:)`` ends.
  public mutating func open(_ bracket: Unicode.Scalar) {
    separate()
    bytes.append(UInt8(ascii: bracket))
    needsComma = false
  }

  /// Closes an object or array.
  public mutating func close(_ bracket: Unicode.Scalar) {
    bytes.append(UInt8(ascii: bracket))
    needsComma = true
  }

  /// Writes the name of a field; the next value belongs to it.
  public mutating func key(_ name: String) {
    string(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Writes a string, or null for nil.
  public mutating func value(_ text: String?) {
    if let text { string(text) } else { raw("null") }
  }

  /// Writes an integer, or null for nil.
  public mutating func value(_ number: Int64?) { raw(number.map { String($0) } ?? "null") }

  /// Writes a floating-point number, or null for nil and for numbers that are not finite.
  public mutating func value(_ number: Double?) {
    raw(number.flatMap { $0.isFinite ? "\($0)" : nil } ?? "null")
  }

  /// Writes `true` or `false`.
  public mutating func value(_ flag: Bool) { raw(flag ? "true" : "false") }

  /// Writes a field with a string, or null for nil.
  public mutating func field(_ name: String, _ text: String?) {
    key(name)
    value(text)
  }

  /// Writes a field with an integer, or null for nil.
  public mutating func field(_ name: String, _ number: Int64?) {
    key(name)
    value(number)
  }

  /// Writes a value that is JSON text already.
  public mutating func raw(_ text: some StringProtocol) {
    separate()
    bytes.append(contentsOf: text.utf8)
    needsComma = true
  }

  /// Records that the value of the last key was written to the output by other means.
  public mutating func noteValueWrittenElsewhere() { needsComma = true }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = false
  }

  /// Writes a value that is JSON text from the database; hidden characters in its strings are escaped.
  public mutating func stored(_ text: String) { raw(HiddenCharacterEscaping.escape(text, .json)) }

  private mutating func string(_ text: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    let start = bytes.count
    var isASCII = true
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): bytes += [0x5c, 0x22]
      case UInt8(ascii: "\\"): bytes += [0x5c, 0x5c]
      case 0x0a: bytes += [0x5c, UInt8(ascii: "n")]
      case 0x0d: bytes += [0x5c, UInt8(ascii: "r")]
      case 0x09: bytes += [0x5c, UInt8(ascii: "t")]
      case 0..<0x20, 0x7f: bytes.append(contentsOf: Self.escape(byte))
      default:
        bytes.append(byte)
        if byte >= 0x80 { isASCII = false }
      }
    }
    if form == .shown, !isASCII { escapeHiddenCharacters(from: start) }
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  private mutating func escapeHiddenCharacters(from start: Int) {
    let shown = HiddenCharacterEscaping.escape(String(decoding: bytes[start...], as: UTF8.self), .json)
    bytes.replaceSubrange(start..., with: shown.utf8)
  }

  private static func escape(_ byte: UInt8) -> [UInt8] {
    let digits = String(byte, radix: 16)
    return Array("\\u00\(digits.count < 2 ? "0" : "")\(digits)".utf8)
  }
}
