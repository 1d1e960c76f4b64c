extension IMAPSession {
  /// Exchanges names with a server that supports ID (RFC 2971).
  func identify(as name: String?) throws -> [String: String] {
    guard can("ID") else { return [:] }
    var server: [String: String] = [:]
    // Some servers offer ID and then refuse it, which is not an error.
    let name = name.flatMap { Self.isPlain($0) ? $0 : nil }
    let tag = try submit(IMAPCommand(name.map { "ID (\"name\" \"\($0)\")" } ?? "ID NIL"))
    onData = { if case .id(let pairs) = $0 { server = pairs } }
    defer { onData = nil }
    _ = try anyResult(of: tag)
    return server
  }

  /// Whether a name needs no quoting and is not longer than RFC 2971 allows.
  static func isPlain(_ name: String) -> Bool {
    (1...30).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        byte == 0x20 || byte == 0x2d || (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte & 0xdf)
      }
  }
}
