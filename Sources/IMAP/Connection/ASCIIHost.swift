import CIDN2

/// Host names in ASCII, as used in DNS and in certificates (RFC 5890: A-labels).
enum ASCIIHost {
  /// The name with each non-ASCII label converted to an A-label; a name that is not valid stays as it is.
  static func name(_ host: String) -> String {
    guard !host.allSatisfy(\.isASCII) else { return host }
    var result: UnsafeMutablePointer<UInt8>?
    let flags = Int32(truncatingIfNeeded: IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue)
    let code = (Array(host.utf8) + [0]).withUnsafeBufferPointer { bytes in
      bytes.baseAddress.map { idn2_lookup_u8($0, &result, flags) }
    }
    defer { result.map { idn2_free($0) } }
    guard code == IDN2_OK.rawValue, let result else { return host }
    return String(cString: result)
  }
}
