import DMARC

/// Parses the answer section of a DNS message (RFC 1035 §4.1). The message is untrusted: every read is bounds-checked.
struct DNSMessage {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  private static let numbers: [DNSQuestion.RecordType: UInt16] = [
    .a: 1, .cname: 5, .ptr: 12, .mx: 15, .txt: 16, .aaaa: 28, .tlsa: 52,
  ]
  private static let alias: UInt16 = 5
  private static let internet: UInt16 = 1
  /// The maximum number of records in an answer, and of hops in an alias chain.
  private static let mostRecords = 500
  private static let mostAliases = 12
  /// How long a negative answer is cached, in seconds.
  static let negativeTTL: UInt32 = 900

  /// The number of a record type on the wire.
  static func number(of type: DNSQuestion.RecordType) -> UInt16 { numbers[type] ?? 0 }

  private struct Record {
    var owner: String
    var type: UInt16
    var ttl: UInt32
    var data: Range<Int>
  }

  /// The records that answer the question, with aliases followed; nil if the message is malformed.
  static func answer(_ question: DNSQuestion, in bytes: UnsafeRawBufferPointer) -> DNSAnswer? {
    var message = DNSMessage(bytes: bytes)
    guard let records = message.records() else { return nil }
    var name = question.name
    var ttl = UInt32.max
    // A question for an alias itself is not answered by its target.
    for _ in 0..<(question.type == .cname ? 0 : mostAliases) {
      guard let alias = records.first(where: { $0.owner == name && $0.type == Self.alias }) else { break }
      message.position = alias.data.lowerBound
      guard let target = message.name() else { return nil }
      name = target
      ttl = min(ttl, alias.ttl)
    }
    let hits = records.filter { $0.owner == name && $0.type == number(of: question.type) }
    guard !hits.isEmpty else { return DNSAnswer(.noRecords, ttl: negativeTTL) }
    var values: [String] = []
    for hit in hits {
      guard let value = message.value(hit, question.type) else { return nil }
      values.append(value)
      ttl = min(ttl, hit.ttl)
    }
    return DNSAnswer(.found, values, ttl: ttl)
  }

  private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  private mutating func records() -> [Record]? {
    position = 4
    guard let questions = number16(), let answers = number16() else { return nil }
    position = 12
    for _ in 0..<questions {
      guard name() != nil else { return nil }
      position += 4
    }
    var records: [Record] = []
    for _ in 0..<min(Int(answers), Self.mostRecords) {
      guard let owner = name(), let type = number16(), let kind = number16(), let high = number16(),
        let low = number16(), let length = number16(), position + Int(length) <= bytes.count
      else { return nil }
      let data = position..<position + Int(length)
      if kind == Self.internet {
        records.append(Record(owner: owner, type: type, ttl: UInt32(high) << 16 | UInt32(low), data: data))
      }
      position = data.upperBound
    }
    return records
  }

  private mutating func value(_ record: Record, _ type: DNSQuestion.RecordType) -> String? {
    position = record.data.lowerBound
    switch type {
    case .a, .aaaa:
      guard record.data.count == (type == .a ? 4 : 16) else { return nil }
      return IPAddress(networkBytes: Array(bytes[record.data])).map { "\($0)" }
    case .ptr, .cname: return name()
    case .tlsa:
      guard record.data.count > 3 else { return nil }
      let head = bytes[record.data].prefix(3).map { "\($0)" }.joined(separator: " ")
      return head + " " + bytes[record.data].dropFirst(3).map(Self.hexadecimal).joined()
    case .mx:
      guard let preference = number16(), let exchange = name() else { return nil }
      return "\(preference) \(exchange)"
    case .txt: return text(record.data)
    }
  }

  /// The strings of a TXT record, concatenated without separators (RFC 7208 §3.3).
  private func text(_ range: Range<Int>) -> String? {
    var result: [UInt8] = []
    var index = range.lowerBound
    while index < range.upperBound {
      let end = index + 1 + Int(bytes[index])
      guard end <= range.upperBound else { return nil }
      result.append(contentsOf: bytes[(index + 1)..<end])
      index = end
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func hexadecimal(_ octet: UInt8) -> String {
    (octet < 16 ? "0" : "") + String(octet, radix: 16)
  }

  private mutating func number16() -> UInt16? {
    guard position + 2 <= bytes.count else { return nil }
    defer { position += 2 }
    return UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
  }

  /// A name in lower case. Compression pointers may point backwards only.
  private mutating func name() -> String? {
    var labels: [String] = []
    var index = position
    var end: Int?
    var total = 0
    var least = position
    while true {
      guard index < bytes.count else { return nil }
      let length = Int(bytes[index])
      if length == 0 {
        position = end ?? index + 1
        return labels.joined(separator: ".")
      }
      if length & 0xc0 == 0xc0 {
        guard index + 1 < bytes.count else { return nil }
        let target = (length & 0x3f) << 8 | Int(bytes[index + 1])
        guard target < least else { return nil }
        if end == nil { end = index + 2 }
        least = target
        index = target
        continue
      }
      total += length + 1
      guard length < 64, index + 1 + length <= bytes.count, total <= 255 else { return nil }
      labels.append(Self.label(bytes[(index + 1)..<(index + 1 + length)]))
      index += 1 + length
    }
  }

  /// A label as text. A dot within it is escaped with a backslash, so that it does not look like the end of the label.
  private static func label(_ octets: Slice<UnsafeRawBufferPointer>) -> String {
    let text = String(decoding: octets, as: UTF8.self).lowercased()
    guard text.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "\\") }) else { return text }
    return text.map { $0 == "." || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
  }
}
