import NIOCore
import NIOPosix
import NIOSSL

/// Network and TLS errors.
extension IMAPError {
  /// The equivalent of a network or TLS error.
  init(network error: any Error) {
    switch error {
    case let error as IMAPError: self = error
    case let error as NIOConnectionError: self = Self.connection(error)
    case ChannelError.connectTimeout: self.init(.timeout, .connectTimeout)
    case let error as NIOSSLError: self = Self.encryption(error)
    case let error as IOError: self.init(.disconnected, .connectionBroken(error.description))
    default: self.init(.disconnected, .connectionBroken("\(error)"))
    }
  }

  private static func connection(_ error: NIOConnectionError) -> IMAPError {
    guard let first = error.connectionErrors.first else { return IMAPError(.unreachable, .unknownHost) }
    if case ChannelError.connectTimeout = first.error { return IMAPError(.timeout, .connectTimeout) }
    let reason = (first.error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(first.error)"
    return IMAPError(.unreachable, .noConnection(reason))
  }

  private static func encryption(_ error: NIOSSLError) -> IMAPError {
    switch error {
    case .uncleanShutdown: return IMAPError(.disconnected, .connectionCut)
    case .handshakeFailed(let cause):
      let text = "\(cause)"
      if text.contains("CERTIFICATE_VERIFY_FAILED") { return IMAPError(.encryption, .certificateUntrusted) }
      if ["WRONG_VERSION_NUMBER", "UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION"].contains(where: text.contains) {
        return IMAPError(.encryption, .noModernTLS)
      }
      return IMAPError(.encryption, .handshakeFailed(String(text.prefix(200))))
    default: return IMAPError(.encryption, .encryptionFailed(String("\(error)".prefix(200))))
    }
  }
}
