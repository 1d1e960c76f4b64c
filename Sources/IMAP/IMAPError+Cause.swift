extension IMAPError {
  /// Causes, with their details.
  package enum Cause: Sendable, Hashable, CustomStringConvertible {
    // MARK: Connecting

    /// The connection timed out.
    case connectTimeout
    /// The system refused the connection, for this reason.
    case noConnection(String)
    /// The host name cannot be resolved.
    case unknownHost
    /// The connection was lost, for this reason.
    case connectionBroken(String)
    /// The connection was closed without a TLS closure alert.
    case connectionCut
    /// The server closed the connection.
    case connectionClosed

    // MARK: Encryption

    /// The file of trusted certificates cannot be used, for this reason.
    case authoritiesUnreadable(path: String, reason: String)
    /// The certificate is not signed by a trusted authority, or not valid at this time.
    case certificateUntrusted
    /// The certificate has no subject alternative name (RFC 9525).
    case certificateWithoutNames(host: String)
    /// The certificate has the address as a dNSName instead of an iPAddress (RFC 9525).
    case certificateNamesAddressAsHost(String)
    /// The certificate is valid, but only for these other names.
    case certificateForOtherNames(String, host: String)
    /// The server does not offer TLS 1.2 or newer at this port.
    case noModernTLS
    /// The handshake failed, for this reason.
    case handshakeFailed(String)
    /// TLS failed, for this reason.
    case encryptionFailed(String)
    /// The server accepts a connection, but sends no TLS handshake.
    case handshakeTimeout
    /// The server sent plain text before the TLS handshake.
    case spokeBeforeEncryption
    /// Plain text followed the answer to STARTTLS (CVE-2011-0411).
    case injectedText
    /// The server does not offer STARTTLS.
    case startTLSNotOffered
    /// The server greeted with PREAUTH, which rules out STARTTLS (RFC 9051 §11.3).
    case loginSkipped
    /// The secret would be sent in plain text.
    case plaintextLogin

    // MARK: Login

    /// The server does not offer this kind of login; it offers these mechanisms.
    case mechanismNotOffered(LoginMeans, offered: [String])
    /// The server refused the login. `said` is the part of its reason that may be shown.
    case loginRefused(said: String, usesToken: Bool, hints: [LoginHint])

    // MARK: Answers

    /// The server refused a command.
    case refused(command: String, reason: String)
    /// The server refused a command because the mailbox is full.
    case quotaExceeded(command: String, reason: String)
    /// The server throttles the client.
    case throttled(reason: String)
    /// The server ended the session.
    case farewell(reason: String)
    /// The UIDs of this mailbox are not persistent (RFC 4315 §2).
    case noLastingUIDs(mailbox: String)
    /// The server does not report the number of messages in this mailbox.
    case noMessageCount(mailbox: String)
    /// A mailbox contains messages, but the server lists none of them; with its refusal, if any.
    case noMessagesNamed(exists: UInt32, refusal: String?)

    // MARK: Protocol

    /// A response violates the grammar.
    case malformed(String)
    /// The greeting is not an IMAP greeting.
    case unexpectedGreeting
    /// The server lists far more messages than the mailbox contains.
    case tooManyMessages
    /// The server lists more than this number of mailboxes.
    case tooManyMailboxes(Int)
    /// The server sends responses without end.
    case endlessResponses
    /// The server answered a command that was not sent.
    case unknownTag
    /// The server repeated the secret.
    case secretRepeated

    // MARK: Time

    /// The server was silent for this many seconds.
    case silence(seconds: Int)
    /// The time limit of the run has passed.
    case timeIsUp
    /// The session was stopped.
    case stopped

    /// A message of the caller.
    case custom(String)
  }

  /// The requested kind of login.
  package enum LoginMeans: Sendable, Hashable {
    /// With this mechanism only.
    case mechanism(Credentials.Mechanism)
    /// With a token and any mechanism for tokens.
    case token
    /// With a password and any mechanism for passwords.
    case password
  }

  /// Why large providers refuse a login. Their own text is not shown, because it may repeat the secret.
  package enum LoginHint: Sendable, Hashable, CaseIterable {
    /// The account requires an application-specific password.
    case applicationPassword
    /// The provider requires a login with a web browser first.
    case webBrowser
    /// IMAP is disabled for the account.
    case imapDisabled
    /// The provider accepts tokens only.
    case tokensOnly
  }
}
