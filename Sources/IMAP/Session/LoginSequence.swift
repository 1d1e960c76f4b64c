import NIOCore
import NIOPosix

/// The steps from connecting to a session that is logged in.
package struct LoginSequence {
  /// A completed step.
  package enum Step {
    /// The server sent its greeting.
    case connected
    /// The connection is encrypted.
    case encrypted(TLSFacts)
    /// The login succeeded, with this mechanism (nil if the server required none). The server identified itself with
    /// these fields (RFC 2971).
    case loggedIn(Credentials.Mechanism?, server: [String: String])
  }

  /// The server.
  package var endpoint: Endpoint
  /// Whether a password may be sent in plain text over the network.
  package var allowsPlaintextPassword = false
  /// Hides secrets in text from the server before the login: a server may know the secret from an earlier session.
  package var mask = SecretMask()
  /// Provides the credentials. Called only once the connection is safe, because a token may require a request.
  package var credentials: () throws -> Credentials
  /// Called after each step.
  package var onStep: (Step) -> Void = { _ in }
  /// The client name for the ID command (RFC 2971); nil to send none. Up to 30 letters, digits, hyphens and spaces.
  package var clientName: String?
  /// Receives messages that the server asks clients to show to the user (RFC 9051 §7.1, ALERT).
  package var onAlert: (String) -> Void = { _ in }

  /// A login sequence for a server.
  package init(_ endpoint: Endpoint, credentials: @escaping () throws -> Credentials) {
    self.endpoint = endpoint
    self.credentials = credentials
  }

  /// Connects, encrypts and logs in.
  /// - Throws: ``IMAPError``, and what `credentials` throws.
  package func open(_ deadline: Deadline) throws -> IMAPSession {
    let session = IMAPSession(
      try IMAPConnection(endpoint, on: MultiThreadedEventLoopGroup.singleton, deadline), deadline)
    session.onAlert = onAlert
    session.mask = mask
    let isIn = try greet(session)
    if endpoint.security == .starttls { try startTLS(session) }
    if let facts = session.tls { onStep(.encrypted(facts)) }
    if isIn {
      session.isLoggedIn = true
      onStep(.loggedIn(nil, server: [:]))
    } else {
      try logIn(session)
    }
    return session
  }

  /// Waits for the greeting.
  /// - Returns: whether the server skips the login (PREAUTH).
  private func greet(_ session: IMAPSession) throws -> Bool {
    var greeting: StatusResponse?
    session.onData = { if case .untagged(let status) = $0 { greeting = greeting ?? status } }
    defer { session.onData = nil }
    while greeting == nil { try session.pump() }
    guard let greeting else { return false }
    onStep(.connected)
    switch greeting.condition {
    case .ok: return false
    case .preauth:
      // RFC 9051 §11.3: STARTTLS is then impossible, which may be the aim of an attacker in between.
      guard endpoint.security != .starttls else {
        throw IMAPError(.encryption, .loginSkipped)
      }
      return true
    case .bye: throw IMAPError(farewell: greeting)
    default: throw IMAPError(.protocol, .unexpectedGreeting)
    }
  }

  private func startTLS(_ session: IMAPSession) throws {
    if session.capabilities.isEmpty { try session.run(IMAPCommand("CAPABILITY")) }
    guard session.can("STARTTLS") else { throw IMAPError(.encryption, .startTLSNotOffered) }
    session.connection.expectSwitch(after: session.nextTag)
    try session.run(IMAPCommand("STARTTLS"))
    try session.connection.startTLS()
    // Anything received in plain text may come from an attacker (RFC 9051 §6.2.1).
    session.capabilities = []
    try session.run(IMAPCommand("CAPABILITY"))
  }

  // MARK: Login

  private func logIn(_ session: IMAPSession) throws {
    if session.capabilities.isEmpty { try session.run(IMAPCommand("CAPABILITY")) }
    guard session.tls != nil || endpoint.isLoopback || allowsPlaintextPassword else {
      throw IMAPError(.encryption, .plaintextLogin)
    }
    let credentials = try credentials()
    session.mask = credentials.mask(endpoint)
    let mechanism = try choose(credentials, session)
    let before = session.capabilities
    session.capabilities = []
    let (status, reason) = try authenticate(session, credentials, mechanism, before)
    guard status.condition == .ok else { throw Self.explain(status, reason, mechanism) }
    session.isLoggedIn = true
    if session.capabilities.isEmpty { try session.run(IMAPCommand("CAPABILITY")) }
    onStep(.loggedIn(mechanism, server: try session.identify(as: clientName)))
  }

  private func choose(_ credentials: Credentials, _ session: IMAPSession) throws -> Credentials.Mechanism {
    let offered = Credentials.Mechanism.allCases.filter {
      $0 == .login ? !session.can("LOGINDISABLED") : session.can("AUTH=\($0.rawValue.uppercased())")
    }
    if let wanted = credentials.mechanism {
      guard offered.contains(wanted) else { throw Self.notOffered(.mechanism(wanted), session) }
      return wanted
    }
    let fitting: [Credentials.Mechanism] = credentials.isToken ? [.oauthbearer, .xoauth2] : [.plain, .login]
    guard let best = fitting.first(where: { offered.contains($0) }) else {
      throw Self.notOffered(credentials.isToken ? .token : .password, session)
    }
    return best
  }

  private static func notOffered(_ wanted: IMAPError.LoginMeans, _ session: IMAPSession) -> IMAPError {
    let offers = Set(session.capabilities.filter { $0.hasPrefix("AUTH=") }.map { $0.dropFirst(5) })
    let known = offers.filter { registered.contains(String($0)) }.sorted()
    let names = known.map(String.init) + (known.count < offers.count ? ["others"] : [])
    return IMAPError(.login, .mechanismNotOffered(wanted, offered: names))
  }

  /// Names of registered SASL mechanisms. Others are not shown, because they may be any text.
  private static let registered: Set<String> = [
    "ANONYMOUS", "CRAM-MD5", "DIGEST-MD5", "EXTERNAL", "GSSAPI", "GS2-KRB5", "LOGIN", "NTLM", "OAUTHBEARER", "PLAIN",
    "PLAIN-CLIENTTOKEN", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512",
    "SCRAM-SHA-512-PLUS", "XOAUTH", "XOAUTH2",
  ]

  private func authenticate(
    _ session: IMAPSession, _ credentials: Credentials, _ mechanism: Credentials.Mechanism, _ capabilities: Set<String>
  ) throws -> (StatusResponse, reason: String?) {
    if case .login = mechanism, case .password(let password) = credentials.secret {
      session.capabilities = capabilities
      let tag = try session.submit(IMAPCommand("LOGIN").adding(credentials.user).adding(password))
      session.capabilities = []
      return (try session.anyResult(of: tag), nil)
    }
    let canSendAtOnce = capabilities.contains("SASL-IR")
    let message = Base64.text(credentials.message(mechanism, endpoint))
    let command = IMAPCommand("AUTHENTICATE \(mechanism.rawValue.uppercased())\(canSendAtOnce ? " \(message)" : "")")
    let tag = try session.submit(command.named("AUTHENTICATE"))
    if !canSendAtOnce, try session.awaitContinuation(of: tag) != nil { session.sendLine(message) }
    // The server explains a refused token in a challenge, which must be answered (RFC 7628 §3.2.3).
    var reason: String?
    for _ in 0..<Self.maxChallenges {
      guard let challenge = try session.awaitContinuation(of: tag) else { break }
      session.sendLine(mechanism == .oauthbearer ? "AQ==" : "")
      reason = Base64.bytes(challenge).map { String(decoding: $0, as: UTF8.self) }
    }
    return (try session.anyResult(of: tag), reason)
  }

  private static let maxChallenges = 4

  private static func explain(_ status: StatusResponse, _ reason: String?, _ mechanism: Credentials.Mechanism)
    -> IMAPError
  {
    let error = IMAPError(refusing: "the login", status)
    guard error.kind != .throttled else { return error }
    let text = status.text.lowercased()
    let hints = Self.hints.filter { text.contains($0.phrase) }.map(\.meaning)
    let said = Self.tokenErrors.filter { reason?.contains($0) ?? false }.map { ", \($0)" }.joined()
    return IMAPError(
      .login, .loginRefused(said: error.message + said, usesToken: mechanism.isForTokens, hints: hints))
  }

  /// Phrases of large providers when they refuse a login. Their own text is not shown, because it may repeat the
  /// secret.
  private static let hints: [(phrase: String, meaning: IMAPError.LoginHint)] = [
    (phrase: "application-specific", meaning: .applicationPassword),
    (phrase: "web browser", meaning: .webBrowser),
    (phrase: "not enabled for imap", meaning: .imapDisabled),
    (phrase: "imap access is disabled", meaning: .imapDisabled),
    (phrase: "basicauth", meaning: .tokensOnly),
  ]

  /// Error codes of RFC 6750 §3.1, which a server includes in its challenge.
  private static let tokenErrors = ["invalid_request", "invalid_token", "insufficient_scope"]
}
