import DMARC

/// Assigns numbers to what messages are counted by: texts, and places, which are addresses, or the /64 networks of IPv6 addresses. There may
/// be a million places, so their texts are not kept.
struct KeyTable {
  private struct Key: Equatable {
    var value: UInt64
    var kind: Kind

    var hash: UInt64 { value &* 0x100_0000_01b3 ^ UInt64(kind.rawValue) }
  }

  private enum Kind: UInt8 {
    case address, network, text
  }

  private var numbers = NumberTable()
  private var keys: [Key] = []
  private var texts = StringInterner()

  /// The number of keys.
  var count: Int { keys.count }

  /// The number of a key by its text.
  mutating func number(of text: String) -> Int32 {
    number(of: Self.place(text) ?? Key(value: UInt64(texts.number(of: text)), kind: .text))
  }

  /// The number of the place of an address.
  mutating func number(ofPlace address: IPAddress) -> Int32 { number(of: Self.key(address)) }

  private mutating func number(of key: Key) -> Int32 {
    let next = Int32(clamping: keys.count)
    let number = numbers.number(
      key.hash, next: next, hash: { [keys] in keys[Int($0)].hash }, isEqual: { [keys] in keys[Int($0)] == key })
    if number == next { keys.append(key) }
    return number
  }

  /// The number of the key with a text; nil if there is none.
  subscript(_ text: String) -> Int32? {
    guard let key = Self.place(text) ?? texts[text].map({ Key(value: UInt64($0), kind: .text) }) else { return nil }
    return numbers.find(key.hash) { keys[Int($0)] == key }
  }

  /// The text of a key.
  func text(_ number: Int32) -> String { text(of: keys[Int(number)]) }

  private func text(of key: Key) -> String {
    key.kind == .text ? texts.texts[Int(key.value)] : Self.text(ofPlace: key)
  }

  private static func text(ofPlace key: Key) -> String {
    SourceFacts().infrastructure(
      of: key.kind == .network ? IPAddress(v6: key.value, 0) : IPAddress(v4: UInt32(truncatingIfNeeded: key.value)))
  }

  private static func key(_ address: IPAddress) -> Key {
    address.isIPv6 ? Key(value: address.high, kind: .network) : Key(value: address.low, kind: .address)
  }

  /// The place that a text names; nil if it is none.
  private static func place(_ text: String) -> Key? {
    guard text.utf8.contains(0x3a) || text.utf8.last.map({ (0x30...0x39).contains($0) }) ?? false else { return nil }
    guard let address = IPAddress(text.hasSuffix("/64") ? String(text.dropLast(3)) : text) else { return nil }
    let key = key(address)
    return Self.text(ofPlace: key) == text ? key : nil
  }
}
