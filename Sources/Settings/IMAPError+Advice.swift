import IMAP

/// What a user of this program can do about a server, in terms of the configuration.
extension IMAPError {
  /// What is wrong, and what can be done. It may hold text of the server: make it safe before printing it.
  package var explanation: String { advice.map { "\(message)\($0)" } ?? message }

  /// What follows the description, with the punctuation in front of it.
  private var advice: String? {
    switch cause {
    case .connectTimeout: ": check host and port, and whether a firewall is in between"
    case .noConnection: ": check host and port, and that the server runs"
    case .unknownHost: ": check the spelling of the host, and your name server"
    case .authoritiesUnreadable: ": check `ca_file`"
    case .certificateUntrusted: "; name your own authority's certificate with `ca_file`"
    case .certificateForOtherNames: ". Use a name in the certificate as `server`"
    case .noModernTLS: ": check the port (993 is encrypted from the start, 143 by STARTTLS: `tls: starttls`)"
    case .handshakeTimeout: ": check the port"
    case .startTLSNotOffered: ": use its encrypted port (`tls: implicit`, usually port 993)"
    case .plaintextLogin: ": use `tls: implicit` or `tls: starttls`"
    case .mechanismNotOffered(.mechanism(let mechanism), _):
      ": change `auth: \(mechanism.rawValue)`, or leave it out to have one chosen"
    case .mechanismNotOffered(.token, _): ": use a password, or ask the provider how to log in"
    case .mechanismNotOffered(.password, _): ": use `token_command`, or ask the provider how to log in"
    case .loginRefused(_, let usesToken, let hints): ": " + Self.advice(onLoginWithToken: usesToken, hints)
    case .noMessagesNamed: "; the next run asks again. If this goes on, look at the folder with another mail program"
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
    case .webBrowser: "the provider wants you to log in with a web browser first"
    case .imapDisabled: "IMAP is not enabled for this account"
    case .tokensOnly: "the provider accepts tokens only: use `token_command`"
    }
  }
}
