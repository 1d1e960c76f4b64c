import DMARC

/// Finds the attachments in a `winmail.dat`, Microsoft's Transport Neutral Encapsulation Format ([MS-OXTNEF]).
struct TNEFReader {
  /// An attachment: its name and the position of its content.
  struct Attachment: Equatable {
    var name: String?
    var content: Range<Int64>?
  }

  static let signature: [UInt8] = [0x78, 0x9f, 0x3e, 0x22]
  private static let attachmentStart: UInt32 = 0x0006_9002
  private static let title: UInt32 = 0x0001_8010
  private static let data: UInt32 = 0x0006_800f
  private static let properties: UInt32 = 0x0006_9005
  /// The maximum number of attributes, and of properties of one attachment. Outlook writes a few dozen of each.
  private static let attributeLimit = 10_000

  private let source: ByteSource
  private(set) var attachments: [Attachment] = []
  /// Whether an attribute ends behind the end of the file.
  private(set) var isTruncated = false

  /// - Throws: `InputError` if the source cannot be read or has too many attributes.
  init(_ source: ByteSource) throws {
    self.source = source
    // The signature and a key of two bytes.
    var position: Int64 = 6
    var attributes = 0
    while position < source.count {
      attributes += 1
      guard attributes <= Self.attributeLimit else {
        throw InputError(fixedLimit: "winmail.dat has more than \(Self.attributeLimit) attributes")
      }
      let header = try source.bytes(at: position, 9)
      guard header.count == 9, header[0] == 1 || header[0] == 2 else {
        isTruncated = true
        return
      }
      let start = position + 9
      let end = start.addingClamped(Int64(Self.number(header[5...])))
      let range = start..<min(end, source.count)
      if end > source.count { isTruncated = true }
      try read(Self.number(header[1...]), range)
      // A checksum of two bytes follows.
      position = end.addingClamped(2)
    }
  }

  private mutating func read(_ attribute: UInt32, _ range: Range<Int64>) throws {
    if attribute == Self.attachmentStart { attachments.append(Attachment()) }
    guard let last = attachments.indices.last else { return }
    switch attribute {
    case Self.title:
      // The long name in the properties, if there is one, follows and counts.
      attachments[last].name = Self.text(try source.bytes(at: range.lowerBound, Int(min(1_024, range.count))))
    case Self.data: attachments[last].content = range
    case Self.properties: try readProperties(range, of: last)
    default: break
    }
  }

  /// Reads the long name and, for an attached message, the content ([MS-OXTNEF] §2.1.3.4).
  private mutating func readProperties(_ range: Range<Int64>, of attachment: Int) throws {
    var position = range.lowerBound
    func take(_ length: Int) throws -> [UInt8]? {
      guard range.upperBound - position >= Int64(length) else { return nil }
      let bytes = try source.bytes(at: position, length)
      position += Int64(length)
      return bytes.count == length ? bytes : nil
    }
    func takeNumber() throws -> UInt32? { try take(4).map { Self.number($0[...]) } }
    func pass(_ length: Int64) { position = min(range.upperBound, position.addingClamped((length + 3) & ~3)) }
    guard let count = try takeNumber() else { return }
    for _ in 0..<min(Int(count), Self.attributeLimit) {
      guard let tag = try takeNumber() else { return }
      let (type, id) = (UInt16(truncatingIfNeeded: tag), UInt16(truncatingIfNeeded: tag >> 16))
      if id >= 0x8000 {
        // A named property: a GUID, and a number or a name.
        guard try take(16) != nil, let kind = try takeNumber(), let value = try takeNumber() else { return }
        if kind == 1 { pass(Int64(value)) }
      }
      let isMultiple = type & 0x1000 != 0
      let base = type & 0x0fff
      guard [0x0d, 0x1e, 0x1f, 0x102].contains(base) else {
        let values = isMultiple ? try takeNumber() : 1
        guard let values, let size = Self.fixedSize(base) else { return }
        pass(Int64(values).multipliedClamped(by: size))
        continue
      }
      guard let values = try takeNumber() else { return }
      for _ in 0..<min(Int(values), Self.attributeLimit) {
        guard let length = try takeNumber() else { return }
        let value = position..<min(range.upperBound, position.addingClamped(Int64(length)))
        try use(id, base, value, of: attachment)
        pass(Int64(length))
      }
    }
  }

  private mutating func use(_ id: UInt16, _ type: UInt16, _ range: Range<Int64>, of attachment: Int) throws {
    switch (id, type) {
    case (0x3707, 0x1e):
      attachments[attachment].name = Self.text(try source.bytes(at: range.lowerBound, Int(min(1_024, range.count))))
    case (0x3707, 0x1f):
      let bytes = try source.bytes(at: range.lowerBound, Int(min(2_048, range.count)))
      let units = stride(from: 0, to: bytes.count - 1, by: 2).map { UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8 }
      attachments[attachment].name = String(decoding: units.prefix { $0 != 0 }, as: UTF16.self)
    case (0x3701, 0x102): attachments[attachment].content = range
    case (0x3701, 0x0d):
      // An interface identifier of 16 bytes precedes the attached message, which is TNEF again.
      if range.count > 16 { attachments[attachment].content = range.lowerBound + 16..<range.upperBound }
    default: break
    }
  }

  /// The size in bytes of a property with a fixed type ([MS-OXCDATA] §2.11.1); nil for unknown types.
  private static func fixedSize(_ type: UInt16) -> Int64? {
    switch type {
    case 0x02, 0x03, 0x04, 0x0a, 0x0b: 4
    case 0x05, 0x06, 0x07, 0x14, 0x40: 8
    case 0x48: 16
    default: nil
    }
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }

  /// The first four bytes as a little-endian number.
  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
}
