import Glibc

/// Verifies that a certificate belongs to the server that the client connects to (RFC 9525 section 6).
///
/// Only subject alternative names count, never the common name. A wildcard matches exactly the leftmost label, above a
/// name of at least two labels. An address must match a name of type iPAddress.
struct ServerIdentity: Sendable {
  /// The subject alternative names of a certificate.
  struct CertificateNames: Sendable, Equatable {
    /// Names of type dNSName.
    var hosts: [[UInt8]] = []
    /// Names of type iPAddress: 4 or 16 bytes.
    var addresses: [[UInt8]] = []
  }

  private enum Reference: Sendable {
    case host([UInt8])
    case address([UInt8])
  }

  private let reference: Reference
  /// The host as written in the configuration.
  private let configuredHost: String

  private static let maxNamed = 5

  /// The identity of a server, given its name in ASCII or its address.
  init(_ host: String) {
    configuredHost = host
    reference = Self.address(host).map { .address($0) } ?? .host(Self.normalized(host.utf8))
  }

  /// The error if a certificate with these names does not belong to the server; nil if it does.
  func mismatch(_ names: CertificateNames) -> IMAPError? {
    let isRight =
      switch reference {
      case .address(let address): names.addresses.contains(address)
      case .host(let host): names.hosts.contains { Self.matches(Self.normalized($0), host) }
      }
    return isRight ? nil : IMAPError(.encryption, cause(names))
  }

  private func cause(_ names: CertificateNames) -> IMAPError.Cause {
    let shown = names.hosts.map { String(decoding: $0, as: UTF8.self) } + names.addresses.map(Self.text)
    guard !shown.isEmpty else { return .certificateWithoutNames(host: configuredHost) }
    let list = shown.prefix(Self.maxNamed).map(IMAPError.shortened).joined(separator: ", ")
    let more = shown.count > Self.maxNamed ? " and \(shown.count - Self.maxNamed) more" : ""
    if case .address(let address) = reference,
      names.hosts.contains(where: { Self.address(String(decoding: $0, as: UTF8.self)) == address })
    {
      return .certificateNamesAddressAsHost(configuredHost)
    }
    return .certificateForOtherNames(list + more, host: configuredHost)
  }

  /// Whether a name in the certificate matches the expected host; both in lower case, without a trailing dot.
  private static func matches(_ name: [UInt8], _ host: [UInt8]) -> Bool {
    guard isHostName(host) else { return false }
    guard name.starts(with: [UInt8(ascii: "*"), UInt8(ascii: ".")]) else { return isHostName(name) && name == host }
    let parent = name.dropFirst(2)
    guard isHostName(Array(parent)), parent.contains(UInt8(ascii: ".")),
      let dot = host.firstIndex(of: UInt8(ascii: "."))
    else { return false }
    return dot > 0 && host[(dot + 1)...].elementsEqual(parent)
  }

  /// Whether a name consists of non-empty labels of letters, digits, hyphens and underscores.
  private static func isHostName(_ name: [UInt8]) -> Bool {
    name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
      (1...63).contains(label.count)
        && label.allSatisfy { byte in
          (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x2d || byte == 0x5f
        }
    }
  }

  private static func normalized(_ name: some Sequence<UInt8>) -> [UInt8] {
    var name = name.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    if name.last == UInt8(ascii: ".") { name.removeLast() }
    return name
  }

  /// The bytes of an address; nil for a name.
  static func address(_ host: String) -> [UInt8]? {
    // The zone of a link-local address is not part of it.
    let text = String(host.prefix { $0 != "%" })
    var bytes = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes[..<4]) }
    return inet_pton(AF_INET6, text, &bytes) == 1 ? bytes : nil
  }

  private static func text(_ address: [UInt8]) -> String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard address.count == 4 || address.count == 16,
      inet_ntop(address.count == 4 ? AF_INET : AF_INET6, address, &text, socklen_t(text.count)) != nil
    else { return "an address of \(address.count) bytes" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
