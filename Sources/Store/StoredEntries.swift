import DMARC

/// Reads the lists of an outcome back from their JSON: arrays of objects whose values are strings or null, as ``JSONText`` writes them.
///
/// Classification reads all outcomes of an organisation, and an attacker may cause hundreds of thousands of them. A general JSON decoder
/// takes ten times as long.
struct StoredEntries {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var index = 0

  private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// The entries of a list, each a copy of `blank` filled field by field.
  /// - Returns: nil if the text has another form.
  static func read<Entry>(
    _ bytes: UnsafeBufferPointer<UInt8>, _ blank: Entry, _ set: (inout Entry, _ field: String, String?) -> Void
  ) -> [Entry]? {
    var reader = StoredEntries(bytes)
    guard reader.skip("[") else { return nil }
    var entries: [Entry] = []
    if reader.skip("]") { return reader.isAtEnd ? entries : nil }
    repeat {
      var entry = blank
      guard reader.object({ set(&entry, $0, $1) }) else { return nil }
      entries.append(entry)
    } while reader.skip(",")
    return reader.skip("]") && reader.isAtEnd ? entries : nil
  }

  private var isAtEnd: Bool { index == bytes.count }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  private mutating func object(_ body: (String, String?) -> Void) -> Bool {
    guard skip("{") else { return false }
    if skip("}") { return true }
    repeat {
      guard let field = string(), skip(":") else { return false }
      if skip("n") {
        guard skip("u"), skip("l"), skip("l") else { return false }
        body(field, nil)
      } else {
        guard let value = string() else { return false }
        body(field, value)
      }
    } while skip(",")
    return skip("}")
  }

  private mutating func string() -> String? {
    guard skip("\"") else { return nil }
    let start = index
    while index < bytes.count, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\") { index += 1 }
    guard index < bytes.count else { return nil }
    if bytes[index] == UInt8(ascii: "\"") {
      defer { index += 1 }
      return String(decoding: bytes[start..<index], as: UTF8.self)
    }
    return escaped(Array(bytes[start..<index]))
  }

  private mutating func escaped(_ start: [UInt8]) -> String? {
    var text = start
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      guard let meant = escape() else { return nil }
      text.append(meant)
    }
    return nil
  }

  /// The byte for the escape after a backslash; ``JSONText`` escapes single ASCII bytes only.
  private mutating func escape() -> UInt8? {
    guard index < bytes.count else { return nil }
    defer { index += 1 }
    switch bytes[index] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return bytes[index]
    case UInt8(ascii: "n"): return 0x0a
    case UInt8(ascii: "r"): return 0x0d
    case UInt8(ascii: "t"): return 0x09
    case UInt8(ascii: "u"):
      guard index + 4 < bytes.count else { return nil }
      let digits = String(decoding: bytes[index + 1...index + 4], as: UTF8.self)
      guard let value = UInt8(digits, radix: 16), value < 0x80 else { return nil }
      index += 4
      return value
    default: return nil
    }
  }
}
