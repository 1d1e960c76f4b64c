import NIOCore
import NIOPosix
import NIOSSL

/// Errors of the network and of TLS in words for a person.
enum ConnectionFailure {
  static func explain(_ error: any Error) -> IMAPError {
    switch error {
    case let error as IMAPError: error
    case let error as NIOConnectionError: connection(error)
    case ChannelError.connectTimeout:
      IMAPError(.timeout, "no connection within the time: check host and port, and whether a firewall is in between")
    case let error as NIOSSLError: encryption(error)
    case let error as IOError: IMAPError(.disconnected, "the connection broke (\(error.description))")
    default: IMAPError(.disconnected, "the connection broke (\(error))")
    }
  }

  private static func connection(_ error: NIOConnectionError) -> IMAPError {
    if let first = error.connectionErrors.first {
      if case ChannelError.connectTimeout = first.error { return explain(first.error) }
      let reason = (first.error as? IOError).map { reasonText($0) } ?? "\(first.error)"
      return IMAPError(.unreachable, "no connection (\(reason)): check host and port, and that the server runs")
    }
    return IMAPError(.unreachable, "the name of the host is not known: check how it is written, and your name server")
  }

  private static func reasonText(_ error: IOError) -> String {
    String(cString: strerror(error.errnoCode))
  }

  private static func encryption(_ error: NIOSSLError) -> IMAPError {
    switch error {
    case .uncleanShutdown: return IMAPError(.disconnected, "the connection was cut")
    case .handshakeFailed(let cause):
      let text = "\(cause)"
      if text.contains("CERTIFICATE_VERIFY_FAILED") {
        return IMAPError(
          .encryption,
          "its certificate cannot be trusted: it has expired or is not valid yet, is not meant for servers, has a critical extension "
            + "that is not known, or comes from an authority that this machine does not know; name your own authority's certificate with ca_file"
        )
      }
      if text.contains("WRONG_VERSION_NUMBER") || text.contains("UNSUPPORTED_PROTOCOL")
        || text.contains("PROTOCOL_VERSION")
      {
        return IMAPError(
          .encryption,
          "it offers no TLS 1.2 or newer here: check the port (993 is encrypted from the start, 143 by STARTTLS: `tls: starttls`)"
        )
      }
      return IMAPError(.encryption, "encryption could not be agreed on (\(text.prefix(200)))")
    default: return IMAPError(.encryption, "encryption failed (\("\(error)".prefix(200)))")
    }
  }
}
