/// The address of a server, and how its identity is verified.
package struct Endpoint: Sendable, Hashable {
  /// When encryption of the connection starts.
  package enum Security: String, Sendable, Hashable, CaseIterable {
    /// With the first byte (implicit TLS); port 993 (RFC 8314 §3.2).
    case implicit
    /// With STARTTLS, before any other command; port 143.
    case starttls
    /// Never.
    case none

    /// The standard port.
    package var usualPort: Int { self == .implicit ? 993 : 143 }
  }

  /// Host name or address.
  package var host: String
  /// TCP port.
  package var port: Int
  /// When encryption of the connection starts.
  package var security: Security
  /// Path of a PEM file with the only trusted certificate authorities; nil for those of the system.
  package var authorities: String?
  /// Whether any certificate is accepted.
  package var skipsCertificateCheck = false
  /// Timeout for connecting, in seconds.
  package var connectSeconds = 20.0
  /// Timeout for a response, in seconds since the server last sent anything.
  package var silenceSeconds = 120.0

  /// An endpoint; the port is the standard one unless another is given.
  package init(host: String, port: Int? = nil, security: Security = .implicit) {
    self.host = host
    self.port = port ?? security.usualPort
    self.security = security
  }

  /// Whether data sent to this endpoint never leaves the machine.
  package var isLoopback: Bool {
    let name = host.lowercased()
    return name == "localhost" || name == "::1"
      || name.hasPrefix("127.") && name.split(separator: ".").count == 4
        && name.allSatisfy { $0.isNumber || $0 == "." }
  }

  /// Whether the host is an IP address, which cannot be sent as a TLS server name.
  var isAddress: Bool { ServerIdentity.address(host) != nil }

  /// The host name in ASCII, as used in DNS and in certificates.
  var asciiHost: String { ASCIIHost.name(host) }
}
