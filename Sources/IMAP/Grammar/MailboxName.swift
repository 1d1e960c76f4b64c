/// Converts mailbox names between Unicode and modified UTF-7, which servers use (RFC 3501 §5.1.3).
enum MailboxName {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,".utf8)

  /// A name in modified UTF-7.
  static func encoded(_ name: String) -> String {
    var text: [UInt8] = []
    var shifted: [UInt16] = []
    func flush() {
      guard !shifted.isEmpty else { return }
      text.append(UInt8(ascii: "&"))
      text += base64(shifted)
      text.append(UInt8(ascii: "-"))
      shifted = []
    }
    for unit in name.utf16 {
      guard (0x20...0x7e).contains(unit) else {
        shifted.append(unit)
        continue
      }
      flush()
      text.append(UInt8(unit))
      if unit == 0x26 { text.append(UInt8(ascii: "-")) }
    }
    flush()
    return String(decoding: text, as: UTF8.self)
  }

  private static func base64(_ units: [UInt16]) -> [UInt8] {
    var text: [UInt8] = []
    var (bits, count): (UInt32, UInt32) = (0, 0)
    for unit in units {
      bits = bits << 16 | UInt32(unit)
      count += 16
      while count >= 6 {
        count -= 6
        text.append(alphabet[Int(bits >> count & 0x3f)])
      }
      bits &= (1 << count) - 1
    }
    if count > 0 { text.append(alphabet[Int(bits << (6 - count) & 0x3f)]) }
    return text
  }

  /// A name in Unicode. A name that is not valid modified UTF-7 is taken as UTF-8, which some servers send (RFC 9051
  /// §5.1).
  static func decoded(_ bytes: [UInt8]) -> String {
    var units: [UInt16] = []
    var index = 0
    let plain = String(decoding: bytes, as: UTF8.self)
    while index < bytes.count {
      let byte = bytes[index]
      guard (0x20...0x7e).contains(byte) else { return plain }
      guard byte == UInt8(ascii: "&") else {
        units.append(UInt16(byte))
        index += 1
        continue
      }
      guard let end = bytes[index...].firstIndex(of: UInt8(ascii: "-")) else { return plain }
      let shifted = bytes[(index + 1)..<end]
      if shifted.isEmpty {
        units.append(0x26)
      } else {
        guard let decoded = decoded(shifted) else { return plain }
        units += decoded
      }
      index = end + 1
    }
    return String(decoding: units, as: UTF16.self)
  }

  private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt16]? {
    var units: [UInt16] = []
    var (bits, count): (UInt32, UInt32) = (0, 0)
    for byte in text {
      guard let value = alphabet.firstIndex(of: byte) else { return nil }
      bits = bits << 6 | UInt32(value)
      count += 6
      guard count >= 16 else { continue }
      count -= 16
      units.append(UInt16(truncatingIfNeeded: bits >> count))
      bits &= (1 << count) - 1
    }
    return count < 6 && bits == 0 ? units : nil
  }
}
