/// Responses with human-readable text: continuations and status responses (RFC 9051 §7.1).
extension ResponseTokens {
  /// Parses `+ text`, `tag OK [CODE data] text` or `* BYE text` (RFC 9051 §7.1).
  func statusLine() throws(ProtocolError) -> IMAPResponse {
    if bytes.first == UInt8(ascii: "+") {
      return .continuation(text: String(decoding: bytes.dropFirst().drop { $0 == 0x20 }, as: UTF8.self))
    }
    let parts = bytes.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, !parts[0].isEmpty, let condition = Self.condition(parts[1]) else {
      throw ProtocolError("it sent a line that is not valid IMAP")
    }
    let status = Self.status(condition, parts.count > 2 ? parts[2] : [])
    if parts[0].elementsEqual([0x2a]) { return .untagged(status) }
    guard parts[0].allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw ProtocolError("it sent a line that is not valid IMAP")
    }
    return .tagged(String(decoding: parts[0], as: UTF8.self), status)
  }

  private static func status(_ condition: StatusResponse.Condition, _ rest: ArraySlice<UInt8>) -> StatusResponse {
    var status = StatusResponse(condition: condition, code: nil, codeText: "", text: "")
    var text = rest
    if rest.first == UInt8(ascii: "["), let end = codeEnd(rest) {
      let code = rest[rest.startIndex + 1..<end].split(separator: 0x20, maxSplits: 1)
      status.code = code.first.map { String(decoding: $0, as: UTF8.self).uppercased() }
      status.codeText = code.count > 1 ? String(decoding: code[1], as: UTF8.self) : ""
      text = rest[(end + 1)...].drop { $0 == 0x20 }
    }
    status.text = String(decoding: text, as: UTF8.self)
    return status
  }

  /// The index of the bracket that closes a response code; brackets in quoted strings do not count.
  private static func codeEnd(_ text: ArraySlice<UInt8>) -> Int? {
    var isQuoted = false
    for index in text.indices {
      if text[index] == UInt8(ascii: "\"") { isQuoted.toggle() }
      if text[index] == UInt8(ascii: "]"), !isQuoted { return index }
    }
    return text.firstIndex(of: UInt8(ascii: "]"))
  }
}
