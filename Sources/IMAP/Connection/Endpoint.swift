/// Where a server is, and how to be sure that it is the right one.
public struct Endpoint: Sendable, Hashable {
  /// When the connection becomes an encrypted one.
  public enum Security: String, Sendable, Hashable, CaseIterable {
    /// From its first byte; port 993 (RFC 8314 §3.2).
    case implicit
    /// By STARTTLS, before anything else; port 143.
    case starttls
    /// Never.
    case none

    /// The port that servers usually have for it.
    public var usualPort: Int { self == .implicit ? 993 : 143 }
  }

  /// Host name or address.
  public var host: String
  /// TCP port.
  public var port: Int
  /// When the connection becomes an encrypted one.
  public var security: Security
  /// PEM file with the only authorities to be trusted; nil for those of the system.
  public var authorities: String?
  /// Take any certificate.
  public var skipsCertificateCheck = false
  /// Seconds until a connection must stand.
  public var connectSeconds = 20.0
  /// Seconds that the server may be silent while an answer is awaited.
  public var silenceSeconds = 120.0

  /// An endpoint; the port is the usual one unless another is given.
  public init(host: String, port: Int? = nil, security: Security = .implicit) {
    self.host = host
    self.port = port ?? security.usualPort
    self.security = security
  }

  /// Whether what is sent to it never leaves this machine.
  public var isLoopback: Bool {
    let name = host.lowercased()
    return name == "localhost" || name == "::1"
      || name.hasPrefix("127.") && name.split(separator: ".").count == 4
        && name.allSatisfy { $0.isNumber || $0 == "." }
  }

  /// Whether the host is an address, which has no name to be sent.
  var isAddress: Bool { ServerIdentity.address(host) != nil }

  /// The host as name servers and certificates name it.
  var asciiHost: String { ASCIIHost.name(host) }
}
