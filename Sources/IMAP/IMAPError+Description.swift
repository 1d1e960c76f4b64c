extension IMAPError.Cause {
  /// What is wrong, in plain English, without the server's name and without a full stop.
  public var description: String {
    switch self {
    case .connectTimeout: "no connection within the time"
    case .noConnection(let reason): "no connection (\(reason))"
    case .unknownHost: "the host name is not known"
    case .connectionBroken(let reason): "the connection broke (\(reason))"
    case .connectionCut: "the connection was cut"
    case .connectionClosed: "the server ended the connection"
    case .authoritiesUnreadable(let path, let reason): "the file of trusted certificates \(path) \(reason)"
    case .certificateUntrusted:
      "its certificate cannot be trusted: it has expired or is not valid yet, is not meant for servers, has an unknown "
        + "critical extension, or comes from an authority that this machine does not trust"
    case .certificateWithoutNames(let host):
      "its certificate names no server as a subject alternative name, and a common name does not count (RFC 9525): "
        + "the server needs a certificate with \(host) in its subjectAltName"
    case .certificateNamesAddressAsHost(let address):
      "its certificate names \(address) as a host name (dNSName), but an address must be of the kind iPAddress "
        + "(RFC 9525): the server needs a certificate with IP:\(address) in its subjectAltName"
    case .certificateForOtherNames(let names, let host):
      "its certificate is valid, but for other names than the one given: it is for \(names), not for \(host)"
    case .noModernTLS: "it offers no TLS 1.2 or newer here"
    case .handshakeFailed(let reason): "encryption could not be agreed on (\(reason))"
    case .encryptionFailed(let reason): "encryption failed (\(reason))"
    case .handshakeTimeout: "the server accepts connections, but does not encrypt"
    case .spokeBeforeEncryption: "the server spoke before the connection was encrypted"
    case .injectedText:
      "the server, or somebody in between, sent plain text behind its answer to STARTTLS: nothing was taken from it"
    case .startTLSNotOffered: "the server does not offer STARTTLS"
    case .loginSkipped: "the server has skipped the login, so that the connection cannot be encrypted"
    case .plaintextLogin: "no password is sent over a connection that is not encrypted"
    case .mechanismNotOffered(let means, let offered):
      "the server does not accept a login by \(means) here; it offers: "
        + (offered.isEmpty ? "none" : offered.joined(separator: ", "))
    case .loginRefused(let said, _, _): said
    case .refused(let command, let reason): "\(command) was refused: \(reason)"
    case .quotaExceeded(let command, let reason): "\(command) was refused: \(reason) (the mailbox is full)"
    case .throttled(let reason): "the server asks for less traffic: \(reason)"
    case .farewell(let reason): "the server said goodbye: \(reason)"
    case .noLastingUIDs(let name):
      "the server gives messages in \(name) no lasting numbers, so that none can be remembered"
    case .noMessageCount(let name): "the server does not say how many messages are in \(name): nothing was read"
    case .noMessagesNamed(let exists, let refusal):
      "the server says that the folder holds \(exists) messages, but names none of them"
        + (refusal.map { " (\($0))" } ?? "") + ": nothing was read"
    case .malformed(let reason): "the server does not speak IMAP properly: \(reason)"
    case .unexpectedGreeting: "the server does not greet as an IMAP server does"
    case .tooManyMessages: "the server lists more messages than it says the folder holds"
    case .tooManyMailboxes(let most): "the server lists more than \(most) mailboxes"
    case .endlessResponses: "the server goes on and on without answering"
    case .unknownTag: "the server answered a command that was not sent"
    case .secretRepeated: "the server sent something that is not IMAP, with the secret in it"
    case .silence(let seconds): "the server was silent for \(seconds) seconds"
    case .timeIsUp: "the time for the whole run is over; the next run goes on from here"
    case .stopped: "it was stopped"
    case .custom(let message): message
    }
  }
}

extension IMAPError.LoginMeans: CustomStringConvertible {
  /// As it stands behind "a login by".
  public var description: String {
    switch self {
    case .mechanism(let mechanism): mechanism.rawValue.uppercased()
    case .token: "a token"
    case .password: "a password"
    }
  }
}
