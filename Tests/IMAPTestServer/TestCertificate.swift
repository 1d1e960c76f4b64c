import Foundation
import NIOSSL

/// A certificate for localhost and 127.0.0.1, valid until 2126 and used only in these tests.
package enum TestCertificate {
  /// How a server presents it.
  static func context() throws -> NIOSSLContext {
    let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map {
      NIOSSLCertificateSource.certificate($0)
    }
    let key = try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)
    return try NIOSSLContext(
      configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
  }

  /// A file with the authority that has issued it; the caller removes it.
  package static func authorityFile() throws -> String {
    let path = NSTemporaryDirectory() + "dmarcstat-authority-" + UUID().uuidString
    try Data(authority.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  private static let authority = """
    -----BEGIN CERTIFICATE-----
    MIIBfzCCASWgAwIBAgIUNPcIMUnQKSHA0Ph7DrROnTI/2uMwCgYIKoZIzj0EAwIw
    FDESMBAGA1UEAwwJYXV0aG9yaXR5MCAXDTI2MTEyNTIwMjMyN1oYDzIxMjYxMTAx
    MjAyMzI3WjAUMRIwEAYDVQQDDAlhdXRob3JpdHkwWTATBgcqhkjOPQIBBggqhkjO
    PQMBBwNCAATwTNn0xu18toqGVKW5BYBYKrEv/oddDJCCLe1A6JkRnCH/CLBcGR/N
    7lmfHdnVcx8GiZHMvNL9etG4MOmQWq06o1MwUTAdBgNVHQ4EFgQUUCXVcSlzvLSq
    WeFas1uL1RknvCIwHwYDVR0jBBgwFoAUUCXVcSlzvLSqWeFas1uL1RknvCIwDwYD
    VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAX2AtT9vq3VZ6+0uHoaynJ
    acHr5XNM9lwJ3XQuRvjWAgIhAPduc6U0t6Nosk/wMVTXNYJmVVzAEcujK4QNXIQR
    sfE/
    -----END CERTIFICATE-----
    """

  private static let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBiDCCAS2gAwIBAgIUO5aWYGd1Pr405mQe0zniGqmi7xAwCgYIKoZIzj0EAwIw
    FDESMBAGA1UEAwwJYXV0aG9yaXR5MCAXDTI2MTEyNTIwMjMyN1oYDzIxMjYxMTAx
    MjAyMzI3WjARMQ8wDQYDVQQDDAZzZXJ2ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMB
    BwNCAAQ3HGfzhUO6RVqj8hBw7g5+QvX4yKbfqJhfrfxavtQ7OGpn4E/eYK/cghGv
    BbuKuY81clZZS88vcigsa32hdolEo14wXDAaBgNVHREEEzARgglsb2NhbGhvc3SH
    BH8AAAEwHQYDVR0OBBYEFL+sq/QMSQxaG8VjggZywrqHlyyYMB8GA1UdIwQYMBaA
    FFAl1XEpc7y0qlnhWrNbi9UZJ7wiMAoGCCqGSM49BAMCA0kAMEYCIQCS1e+Pufof
    9K1iaTMh7HlCmq7SpKyrnAAY8cn0Vj9LbgIhAJIH7rF+AkdkaFwXfJzUmPT9dixe
    g6orsZgkRDRuLvww
    -----END CERTIFICATE-----
    """

  private static let key = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3qUFkba8QLs8k7Ps
    M/P5exrQQcCep2p57ybw+rEy5i2hRANCAAQ3HGfzhUO6RVqj8hBw7g5+QvX4yKbf
    qJhfrfxavtQ7OGpn4E/eYK/cghGvBbuKuY81clZZS88vcigsa32hdolE
    -----END PRIVATE KEY-----
    """
}
