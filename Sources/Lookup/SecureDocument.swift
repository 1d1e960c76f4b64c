import CCurl
package import DMARC
import Transfers

/// A small document from a web server that has to prove its identity by a certificate: the MTA-STS policy (RFC 8461
/// §3.3).
package struct SecureDocument: Sendable {
  /// Why the document could not be fetched.
  package enum Failure: Error, Sendable, Hashable {
    case unreachable
    /// The certificate is not valid for the host, or its authority is not trusted.
    case certificate
    /// The server answered with a status other than 200; redirects are not followed.
    case status(Int)
    /// Longer than 64 KiB.
    case tooLong
  }

  private let host: String
  private let path: String
  private let addresses: [IPAddress]
  private let port: Int
  private let authorities: String?

  /// The maximum number of addresses to try.
  private static let mostAddresses = 4
  /// The maximum time of a request, in seconds.
  private static let mostTime = 10
  /// Networks for documentation, which have no hosts (RFC 5737, RFC 3849): a request to them would only time out.
  private static let documentation = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"]
    .compactMap { CIDR($0) }

  /// - Parameters:
  ///   - host: the name in the certificate.
  ///   - path: the path of the URL, from its slash.
  ///   - addresses: the addresses of the host, from the same name servers as all other lookups. Only public ones are
  ///     used, because the owner of the domain could otherwise direct the request to machines in the user's network.
  package init(host: DomainName, path: String, addresses: [IPAddress]) {
    self.init(host: host.name, path: path, addresses: addresses.filter(Self.mayBeAsked), port: 443, authorities: nil)
  }

  private static func mayBeAsked(_ address: IPAddress) -> Bool {
    address.isPublic && !documentation.contains { $0.contains(address) }
  }

  /// - Parameter authorities: a file with trusted certificates; nil for those of the system.
  init(host: String, path: String, addresses: [IPAddress], port: Int, authorities: String?) {
    (self.host, self.path, self.addresses) = (host, path, addresses)
    (self.port, self.authorities) = (port, authorities)
  }

  /// Fetches the document.
  /// - Returns: its bytes.
  /// - Throws: ``Failure``.
  package func fetch() throws(Failure) -> [UInt8] {
    guard !addresses.isEmpty else { throw .unreachable }
    let list = addresses.prefix(Self.mostAddresses).map { $0.isIPv6 ? "[\($0)]" : "\($0)" }.joined(separator: ",")
    let transfer = Transfer(
      url: "https://\(host):\(port)\(path)", schemes: "https", timeout: Self.mostTime,
      configure: {
        $0.set(CURLOPT_RESOLVE, ["\(host):\(port):\(list)"])
        // A proxy would resolve the name itself.
        $0.set(CURLOPT_PROXY, "")
        $0.set(CURLOPT_USERAGENT, "dmarcstat")
        if let authorities { $0.set(CURLOPT_CAINFO, authorities) }
      })
    let result = transfer.run()
    switch result.code {
    case CURLE_OK: break
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR: throw .certificate
    case CURLE_WRITE_ERROR: throw .tooLong
    default: throw .unreachable
    }
    guard result.status == 200 else { throw .status(result.status) }
    return result.body
  }
}
