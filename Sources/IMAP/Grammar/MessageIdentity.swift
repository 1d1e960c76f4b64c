/// The header fields that identify a message: Message-ID, Date and Subject.
///
/// Only hashes are stored, because thousands are held at a time, and an attacker controls the fields.
package struct MessageIdentity: Sendable, Hashable {
  private var fields: [String: Int] = [:]

  static let names = ["message-id", "date", "subject"]

  /// The identity of a message with a header, or with a part of one.
  /// - Parameter header: lines as in RFC 5322 section 2.2; anything after an empty line is ignored.
  package init(header: [UInt8]) {
    var name: String?
    var value: [UInt8] = []
    for line in header.split(separator: 0x0a, omittingEmptySubsequences: false) {
      let line = line.last == 0x0d ? line.dropLast() : line
      if line.first == 0x20 || line.first == 0x09 {
        value += line
        continue
      }
      note(name, value)
      name = nil
      guard !line.isEmpty else { break }
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
      value = Array(line[line.index(after: colon)...])
    }
    note(name, value)
  }

  /// Whether content with this identity can belong to the message for which the server reported the other identity.
  /// Message-ID decides if both have one; otherwise one equal field is enough.
  package func canBe(_ expected: MessageIdentity) -> Bool {
    guard !expected.fields.isEmpty else { return true }
    let id = Self.names[0]
    if let own = fields[id], let other = expected.fields[id] { return own == other }
    return expected.fields.contains { fields[$0.key] == $0.value }
  }

  /// Adds a field; the first one of each name counts. White space is ignored, because servers may fold lines
  /// differently.
  private mutating func note(_ name: String?, _ value: [UInt8]) {
    guard let name, Self.names.contains(name), fields[name] == nil else { return }
    let bytes = value.filter { $0 > 0x20 }
    if !bytes.isEmpty { fields[name] = bytes.hashValue }
  }
}
