extension IMAPError.Cause {
  /// A description of the cause, without the name of the server and without a full stop.
  package var description: String {
    switch self {
    case .connectTimeout: "the connection timed out"
    case .noConnection(let reason): "the connection failed (\(reason))"
    case .unknownHost: "the host name cannot be resolved"
    case .connectionBroken(let reason): "the connection was lost (\(reason))"
    case .connectionCut: "the connection was cut"
    case .connectionClosed: "the server closed the connection"
    case .authoritiesUnreadable(let path, let reason): "the file of trusted certificates \(path) \(reason)"
    case .certificateUntrusted:
      "its certificate cannot be trusted: it has expired or is not valid yet, is not meant for servers, has an unknown "
        + "critical extension, or comes from an authority that this machine does not trust"
    case .certificateWithoutNames(let host):
      "its certificate has no subject alternative name for a server, and its common name does not count (RFC 9525): "
        + "the server needs a certificate with \(host) in its subjectAltName"
    case .certificateNamesAddressAsHost(let address):
      "its certificate contains \(address) as a host name (dNSName), but an address must have the type iPAddress "
        + "(RFC 9525): the server needs a certificate with IP:\(address) in its subjectAltName"
    case .certificateForOtherNames(let names, let host):
      "its certificate is valid, but for other names: it is for \(names), not for \(host)"
    case .noModernTLS: "it offers no TLS 1.2 or newer here"
    case .handshakeFailed(let reason): "the TLS handshake failed (\(reason))"
    case .encryptionFailed(let reason): "TLS failed (\(reason))"
    case .handshakeTimeout: "the server accepts connections, but does not answer the TLS handshake"
    case .spokeBeforeEncryption: "the server sent plain text before the connection was encrypted"
    case .injectedText:
      "the server, or an attacker in between, sent plain text after its answer to STARTTLS: it was discarded"
    case .startTLSNotOffered: "the server does not offer STARTTLS"
    case .loginSkipped: "the server has skipped the login, so the connection cannot be encrypted"
    case .plaintextLogin: "a password is not sent over a connection that is not encrypted"
    case .mechanismNotOffered(let means, let offered):
      "the server does not accept a login by \(means) here; it offers: "
        + (offered.isEmpty ? "none" : offered.joined(separator: ", "))
    case .loginRefused(let said, _, _): said
    case .refused(let command, let reason): "\(command) was refused: \(reason)"
    case .quotaExceeded(let command, let reason): "\(command) was refused: \(reason) (the mailbox is full)"
    case .throttled(let reason): "the server limits requests at present: \(reason)"
    case .farewell(let reason): "the server ended the session: \(reason)"
    case .noLastingUIDs(let name):
      "the server does not provide persistent UIDs in \(name), so messages cannot be tracked"
    case .noMessageCount(let name): "the server does not report the number of messages in \(name): nothing was read"
    case .noMessagesNamed(let exists, let refusal):
      "the server says that the mailbox contains \(exists == 1 ? "1 message, but lists none" : "\(exists) messages, but lists none of them")"
        + (refusal.map { " (\($0))" } ?? "") + ": nothing was read"
    case .malformed(let reason): "the server violates the IMAP protocol: \(reason)"
    case .unexpectedGreeting: "the greeting of the server is not an IMAP greeting"
    case .tooManyMessages: "the server lists more messages than the mailbox contains"
    case .tooManyMailboxes(let limit): "the server lists more than \(limit) mailboxes"
    case .endlessResponses: "the server sends responses without end"
    case .unknownTag: "the server answered a command that was not sent"
    case .secretRepeated: "the server violates the IMAP protocol, in a response that contains the secret"
    case .silence(let seconds): "the server was silent for \(seconds) seconds"
    case .timeIsUp: "the time limit of the run has passed; the next run continues from here"
    case .stopped: "it was stopped"
    case .custom(let message): message
    }
  }
}

extension IMAPError.LoginMeans: CustomStringConvertible {
  /// The form that follows "a login by".
  package var description: String {
    switch self {
    case .mechanism(let mechanism): mechanism.rawValue.uppercased()
    case .token: "a token"
    case .password: "a password"
    }
  }
}
