/// Converts the bytes of a damaged report to valid UTF-8 without the characters that XML forbids.
///
/// Encodings are detected from the bytes, not from the declaration: a report declared as UTF-8 that contains Windows-1252 keeps its
/// letters, and so does one declared as Latin-1 that contains UTF-8. A declaration counts only for encodings that cannot be detected.
package struct TextDecoding {
  private enum Form {
    case bytes
    case utf16(isBigEndian: Bool)
    case declared(CharacterConversion)
  }

  private var form: Form?
  private var held: [UInt8] = []
  private var highSurrogate: UInt32?
  /// The number of bytes that were not valid UTF-8 and were read as Windows-1252.
  package private(set) var foreignBytes = 0
  /// The number of multi-byte characters in valid UTF-8.
  package private(set) var wideCharacters = 0
  /// The number of characters left out because XML forbids them (XML 1.0 §2.2).
  package private(set) var forbiddenCharacters = 0
  /// The encoding, if XML parsers do not detect it themselves; nil for UTF-8.
  private(set) var assumption: String?

  /// The number of bytes needed to detect the encoding.
  private static let prefixLength = 256

  /// Starts at the beginning of a document.
  package init() {}

  /// Decodes the next bytes; an incomplete character at their end waits for the next call.
  package mutating func decode(_ bytes: UnsafeRawBufferPointer, isLast: Bool, into text: inout [UInt8]) {
    held.append(contentsOf: bytes)
    if form == nil {
      guard isLast || held.count >= Self.prefixLength else { return }
      form = detect()
    }
    switch form {
    case .utf16(let isBigEndian): decodeUTF16(isBigEndian, isLast: isLast, &text)
    case .declared(let conversion):
      var plain: [UInt8] = []
      conversion.convert(&held, isLast: isLast, into: &plain)
      decodeBytes(&plain, isLast: true, &text)
    case .bytes, nil:
      var bytes: [UInt8] = []
      swap(&bytes, &held)
      decodeBytes(&bytes, isLast: isLast, &text)
      swap(&bytes, &held)
    }
  }

  private mutating func detect() -> Form {
    if held.starts(with: [0xef, 0xbb, 0xbf]) {
      held.removeFirst(3)
      return .bytes
    }
    if held.starts(with: [0xff, 0xfe]) || held.starts(with: [0xfe, 0xff]) {
      let isBigEndian = held[0] == 0xfe
      held.removeFirst(2)
      return .utf16(isBigEndian: isBigEndian)
    }
    // Markup is ASCII: in UTF-16 every other byte of it is zero.
    let pairs = held.count / 2
    let (even, odd) = stride(from: 0, to: pairs * 2, by: 2).reduce(into: (0, 0)) { zeros, index in
      if held[index] == 0 { zeros.0 += 1 }
      if held[index + 1] == 0 { zeros.1 += 1 }
    }
    if pairs >= 4, max(even, odd) * 10 >= pairs * 7, min(even, odd) * 10 <= pairs {
      assumption = "UTF-16"
      return .utf16(isBigEndian: even > odd)
    }
    if let name = held.withUnsafeBytes({ DeclaredEncoding($0) })?.name, !DeclaredEncoding.isToldByBytes(name),
      let conversion = CharacterConversion(from: name)
    {
      return .declared(conversion)
    }
    return .bytes
  }

  private mutating func decodeUTF16(_ isBigEndian: Bool, isLast: Bool, _ text: inout [UInt8]) {
    var index = 0
    while index + 1 < held.count {
      let (first, second) = (UInt32(held[index]), UInt32(held[index + 1]))
      let unit = isBigEndian ? first << 8 | second : second << 8 | first
      index += 2
      if let high = highSurrogate {
        highSurrogate = nil
        if unit & 0xfc00 == 0xdc00 {
          append(0x10000 + (high & 0x3ff) << 10 + (unit & 0x3ff), &text)
          continue
        }
        append(0xfffd, &text)
      }
      switch unit & 0xfc00 {
      case 0xd800: highSurrogate = unit
      case 0xdc00: append(0xfffd, &text)
      default: append(unit, &text)
      }
    }
    held.removeFirst(isLast ? held.count : index)
  }

  private mutating func decodeBytes(_ bytes: inout [UInt8], isLast: Bool, _ text: inout [UInt8]) {
    text.reserveCapacity(text.count + bytes.count)
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte < 0x80 {
        if Self.isAllowed(UInt32(byte)) { text.append(byte) } else { forbiddenCharacters += 1 }
        index += 1
        continue
      }
      switch UTF8Sequence(bytes[index...]) {
      case .whole(let scalar, let length):
        append(scalar, &text)
        wideCharacters += 1
        index += length
      case .cutOff where !isLast:
        bytes.removeFirst(index)
        return
      default:
        foreignBytes += 1
        append(Windows1252.scalar(byte), &text)
        index += 1
      }
    }
    bytes.removeAll(keepingCapacity: true)
  }

  private mutating func append(_ scalar: UInt32, _ text: inout [UInt8]) {
    guard Self.isAllowed(scalar), let scalar = Unicode.Scalar(scalar) else {
      forbiddenCharacters += 1
      return
    }
    text.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
  }

  /// Whether a character is a `Char` of XML 1.0 §2.2. The byte order mark is excluded, because it has no meaning within text.
  static func isAllowed(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x09, 0x0a, 0x0d: true
    case 0x20..<0xd800: true
    case 0xfeff: false
    case 0xe000..<0xfffe, 0x10000..<0x110000: true
    default: false
    }
  }
}

/// A character of UTF-8 (RFC 3629 §4), possibly incomplete.
enum UTF8Sequence {
  case whole(UInt32, length: Int)
  case cutOff
  case invalid

  init(_ bytes: ArraySlice<UInt8>) {
    guard let first = bytes.first else {
      self = .cutOff
      return
    }
    let length: Int
    switch first {
    case 0xc2...0xdf: length = 2
    case 0xe0...0xef: length = 3
    case 0xf0...0xf4: length = 4
    default:
      self = .invalid
      return
    }
    var scalar = UInt32(first) & (0xff >> UInt32(length + 1))
    for byte in bytes.dropFirst().prefix(length - 1) {
      guard byte & 0xc0 == 0x80 else {
        self = .invalid
        return
      }
      scalar = scalar << 6 | UInt32(byte & 0x3f)
    }
    guard bytes.count >= length else {
      self = .cutOff
      return
    }
    let least: [UInt32] = [0, 0, 0x80, 0x800, 0x10000]
    let isValid = scalar >= least[length] && Unicode.Scalar(scalar) != nil
    self = isValid ? .whole(scalar, length: length) : .invalid
  }
}

/// The usual encoding of Western programs that do not write UTF-8; it includes Latin-1.
enum Windows1252 {
  /// 0x80...0x9f according to Unicode's mapping table CP1252.TXT; the five unassigned bytes map to themselves.
  private static let upper: [UInt32] = [
    0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d, 0x017d,
    0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,
    0x017e, 0x0178,
  ]

  static func scalar(_ byte: UInt8) -> UInt32 {
    byte >= 0x80 && byte < 0xa0 ? upper[Int(byte) - 0x80] : UInt32(byte)
  }
}
