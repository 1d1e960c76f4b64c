package import IMAP

/// The next step after an error of a mail server, in terms of the configuration.
extension IMAPError {
  /// The cause and the next step. It may contain text from the server: sanitise it before printing it.
  package var explanation: String { advice.map { "\(message)\($0)" } ?? message }

  /// The next step, including the punctuation that separates it from the description.
  private var advice: String? {
    switch cause {
    case .connectTimeout: ": check host and port, and whether a firewall blocks the connection"
    case .noConnection: ": check host and port, and that the server is running"
    case .unknownHost: ": check the spelling of the host name, and your name server"
    case .authoritiesUnreadable: ": check `ca_file`"
    case .certificateUntrusted: "; if it comes from your own authority, set `ca_file`"
    case .certificateForOtherNames: ". Use a name in the certificate as `server`"
    case .noModernTLS: ": check the port (993 uses TLS from the start, 143 uses STARTTLS: `tls: starttls`)"
    case .handshakeTimeout: ": check the port"
    case .startTLSNotOffered: ": use its encrypted port (`tls: implicit`, usually port 993)"
    case .plaintextLogin: ": use `tls: implicit` or `tls: starttls`"
    case .mechanismNotOffered(.mechanism(let mechanism), _):
      ": change `auth: \(mechanism.rawValue)`, or remove it to have a mechanism chosen automatically"
    case .mechanismNotOffered(.token, _): ": use a password, or ask the provider how to log in"
    case .mechanismNotOffered(.password, _): ": use `token_command`, or ask the provider how to log in"
    case .loginRefused(_, let usesToken, let hints): ": " + Self.advice(onLoginWithToken: usesToken, hints)
    case .noMessagesNamed:
      "; the next run tries again. If the problem persists, check the mailbox with another email client"
    case .connectionBroken, .connectionCut, .connectionClosed, .certificateWithoutNames,
      .certificateNamesAddressAsHost, .handshakeFailed, .encryptionFailed, .spokeBeforeEncryption, .injectedText,
      .loginSkipped, .refused, .quotaExceeded, .throttled, .farewell, .noLastingUIDs, .noMessageCount, .malformed,
      .unexpectedGreeting, .tooManyMessages, .tooManyMailboxes, .endlessResponses, .unknownTag, .secretRepeated,
      .silence, .timeIsUp, .stopped, .custom:
      nil
    }
  }

  private static func advice(onLoginWithToken usesToken: Bool, _ hints: [LoginHint]) -> String {
    let check =
      usesToken ? "check `user` and `token_command`, and that the token is for IMAP" : "check user and password"
    return ([check] + hints.map(\.meaning)).joined(separator: "; ")
  }
}

extension IMAPError.LoginHint {
  fileprivate var meaning: String {
    switch self {
    case .applicationPassword: "this account requires an application-specific password"
    case .webBrowser: "the provider requires a login with a web browser first"
    case .imapDisabled: "IMAP is not enabled for this account"
    case .tokensOnly: "the provider accepts tokens only: use `token_command`"
    }
  }
}
