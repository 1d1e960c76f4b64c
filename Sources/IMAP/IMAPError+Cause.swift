extension IMAPError {
  /// Causes, with the facts that belong to them.
  public enum Cause: Sendable, Hashable, CustomStringConvertible {
    // MARK: Connecting

    /// Nobody answered within the time for connecting.
    case connectTimeout
    /// The system refused the connection, for this reason.
    case noConnection(String)
    /// No name server knows the host.
    case unknownHost
    /// The connection broke, for this reason.
    case connectionBroken(String)
    /// The connection was cut without TLS being ended.
    case connectionCut
    /// The server closed the connection.
    case connectionClosed

    // MARK: Encryption

    /// The file of trusted certificates is of no use, for this reason.
    case authoritiesUnreadable(path: String, reason: String)
    /// No trusted authority vouches for the certificate, or it has expired.
    case certificateUntrusted
    /// The certificate has no subject alternative name (RFC 9525).
    case certificateWithoutNames(host: String)
    /// The certificate has the address as a dNSName instead of an iPAddress (RFC 9525).
    case certificateNamesAddressAsHost(String)
    /// The certificate is valid, but for these other names.
    case certificateForOtherNames(String, host: String)
    /// The server has no TLS 1.2 or newer at this port.
    case noModernTLS
    /// The handshake failed, for this reason.
    case handshakeFailed(String)
    /// TLS failed, for this reason.
    case encryptionFailed(String)
    /// The server accepts a connection and is then silent.
    case handshakeTimeout
    /// The server sent plain text when it should have encrypted.
    case spokeBeforeEncryption
    /// There was plain text behind the answer to STARTTLS (CVE-2011-0411).
    case injectedText
    /// The server does not offer STARTTLS.
    case startTLSNotOffered
    /// The server greeted with PREAUTH, which rules out STARTTLS (RFC 9051 §11.3).
    case loginSkipped
    /// A secret would have been sent in plain text.
    case plaintextLogin

    // MARK: Login

    /// The server offers no login of this kind; it offers these mechanisms.
    case mechanismNotOffered(LoginMeans, offered: [String])
    /// The server refused the login. `said` is what may be shown of its reason.
    case loginRefused(said: String, usesToken: Bool, hints: [LoginHint])

    // MARK: Answers

    /// The server refused a command.
    case refused(command: String, reason: String)
    /// The server refused a command because the mailbox is full.
    case quotaExceeded(command: String, reason: String)
    /// The server asks for less traffic.
    case throttled(reason: String)
    /// The server ended the session.
    case farewell(reason: String)
    /// UIDs of this mailbox do not last (RFC 4315 §2).
    case noLastingUIDs(mailbox: String)
    /// The server does not say how many messages this mailbox holds.
    case noMessageCount(mailbox: String)
    /// A mailbox holds messages, but the server names none of them; with its refusal, if there was one.
    case noMessagesNamed(exists: UInt32, refusal: String?)

    // MARK: Protocol

    /// What the server sent does not follow the grammar.
    case malformed(String)
    /// The greeting is not one of IMAP.
    case unexpectedGreeting
    /// The server names far more messages than the mailbox holds.
    case tooManyMessages
    /// The server lists more mailboxes than this.
    case tooManyMailboxes(Int)
    /// Responses without end.
    case endlessResponses
    /// An answer to a command that was not sent.
    case unknownTag
    /// The server repeated the secret.
    case secretRepeated

    // MARK: Time

    /// The server was silent for so many seconds.
    case silence(seconds: Int)
    /// The time for the whole run is over.
    case timeIsUp
    /// We were told to stop.
    case stopped

    /// The caller's own words.
    case custom(String)
  }

  /// How a login was to be made.
  public enum LoginMeans: Sendable, Hashable {
    /// By this mechanism and no other.
    case mechanism(Credentials.Mechanism)
    /// By a token, with any mechanism that takes one.
    case token
    /// By a password, with any mechanism that takes one.
    case password
  }

  /// What large providers mean when they refuse a login. Their own words are not shown, because they may repeat the secret.
  public enum LoginHint: Sendable, Hashable, CaseIterable {
    /// The account needs a password made for one application.
    case applicationPassword
    /// The provider wants a login with a web browser first.
    case webBrowser
    /// IMAP is switched off for the account.
    case imapDisabled
    /// The provider accepts tokens only.
    case tokensOnly
  }
}
