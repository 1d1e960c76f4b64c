/// The user name and secret for a login. They are never printed.
package struct Credentials: Sendable {
  /// The login mechanism.
  package enum Mechanism: String, Sendable, CaseIterable {
    /// The LOGIN command (RFC 9051 §6.2.3).
    case login
    /// SASL PLAIN (RFC 4616).
    case plain
    /// SASL XOAUTH2: how Google and Microsoft accept a token.
    case xoauth2
    /// SASL OAUTHBEARER (RFC 7628).
    case oauthbearer

    var isForTokens: Bool { self == .xoauth2 || self == .oauthbearer }
  }

  /// The secret that authenticates the user.
  package enum Secret: Sendable {
    case password(String)
    /// An OAuth 2.0 access token.
    case token(String)
  }

  /// User name of the account.
  package var user: String
  /// The secret that authenticates the user.
  package var secret: Secret
  /// The mechanism; nil for the best one that the server offers.
  package var mechanism: Mechanism?

  /// Credentials of a user.
  package init(user: String, secret: Secret, mechanism: Mechanism? = nil) {
    self.user = user
    self.secret = secret
    self.mechanism = mechanism
  }

  /// The password or token. Must not be printed.
  var secretText: String {
    switch secret {
    case .password(let text), .token(let text): text
    }
  }

  var isToken: Bool { if case .token = secret { true } else { false } }

  /// The initial response, which is the only client message of the SASL exchange.
  func message(_ mechanism: Mechanism, _ endpoint: Endpoint) -> [UInt8] {
    switch (mechanism, secret) {
    case (.xoauth2, .password(let secret)), (.xoauth2, .token(let secret)):
      Array("user=\(user)\u{1}auth=Bearer \(secret)\u{1}\u{1}".utf8)
    case (.oauthbearer, .password(let secret)), (.oauthbearer, .token(let secret)):
      // RFC 5801 §4: commas and equals signs in a name are escaped.
      Array(
        "n,a=\(user.replacing("=", with: "=3D").replacing(",", with: "=2C")),\u{1}host=\(endpoint.host)\u{1}port=\(endpoint.port)\u{1}auth=Bearer \(secret)\u{1}\u{1}"
          .utf8)
    case (_, .password(let secret)), (_, .token(let secret)): Array("\0\(user)\0\(secret)".utf8)
    }
  }
}
