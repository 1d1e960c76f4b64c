/// Who we are to a server. Nothing in here is ever printed.
public struct Credentials: Sendable {
  /// How to log in.
  public enum Mechanism: String, Sendable, CaseIterable {
    /// The command of RFC 9051 §6.2.3.
    case login
    /// RFC 4616.
    case plain
    /// Google's and Microsoft's way of sending a token.
    case xoauth2
    /// RFC 7628.
    case oauthbearer

    var isForTokens: Bool { self == .xoauth2 || self == .oauthbearer }
  }

  /// What proves who we are.
  public enum Secret: Sendable {
    case password(String)
    /// An OAuth 2.0 access token.
    case token(String)
  }

  /// Name of the account.
  public var user: String
  /// What proves that it is ours.
  public var secret: Secret
  /// Nil for the best that the server offers.
  public var mechanism: Mechanism?

  /// Credentials.
  public init(user: String, secret: Secret, mechanism: Mechanism? = nil) {
    self.user = user
    self.secret = secret
    self.mechanism = mechanism
  }

  /// Never to be printed.
  var secretText: String {
    switch secret {
    case .password(let text), .token(let text): text
    }
  }

  var isToken: Bool { if case .token = secret { true } else { false } }

  /// The first, and only, message of a SASL exchange.
  func message(_ mechanism: Mechanism, _ endpoint: Endpoint) -> [UInt8] {
    switch (mechanism, secret) {
    case (.xoauth2, .password(let secret)), (.xoauth2, .token(let secret)):
      Array("user=\(user)\u{1}auth=Bearer \(secret)\u{1}\u{1}".utf8)
    case (.oauthbearer, .password(let secret)), (.oauthbearer, .token(let secret)):
      // RFC 5801 §4: commas and equals signs in a name are written otherwise.
      Array(
        "n,a=\(user.replacing("=", with: "=3D").replacing(",", with: "=2C")),\u{1}host=\(endpoint.host)\u{1}port=\(endpoint.port)\u{1}auth=Bearer \(secret)\u{1}\u{1}"
          .utf8)
    case (_, .password(let secret)), (_, .token(let secret)): Array("\0\(user)\0\(secret)".utf8)
    }
  }
}
