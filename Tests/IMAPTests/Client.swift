import IMAPTestServer
import Testing

@testable import IMAP

/// Sessions with scripted servers, in short.
enum Client {
  static let user = "dmarc@example.com"

  static func endpoint(
    _ server: ScriptedServer, _ security: Endpoint.Security = .none, host: String = "127.0.0.1", silence: Double = 60
  ) -> Endpoint {
    var endpoint = Endpoint(host: host, port: server.port, security: security)
    endpoint.silenceSeconds = silence
    endpoint.connectSeconds = 60
    return endpoint
  }

  static func login(
    _ server: ScriptedServer, _ security: Endpoint.Security = .none, host: String = "127.0.0.1",
    secret: Credentials.Secret = .password("secret"), by mechanism: Credentials.Mechanism? = nil
  ) -> LoginSequence {
    LoginSequence(endpoint(server, security, host: host)) {
      Credentials(user: user, secret: secret, mechanism: mechanism)
    }
  }

  /// A session with a preauthenticated server that has the given capabilities.
  static func session(
    _ server: ScriptedServer, silence: Double = 60, _ clock: Deadline = Deadline()
  ) throws -> IMAPSession {
    let sequence = LoginSequence(endpoint(server, silence: silence)) { throw IMAPError(.login, "nobody asks for it") }
    return try sequence.open(clock)
  }

  /// The kind of the error that a body throws; nil if it throws none.
  static func failure(_ body: () throws -> some Any) -> IMAPError.Kind? {
    do {
      _ = try body()
      return nil
    } catch { return (error as? IMAPError)?.kind }
  }
}

extension ScriptedServer {
  /// A preauthenticated server.
  static func preauthenticated(_ exchanges: [Exchange]) throws -> ScriptedServer {
    try preauthenticated("", exchanges)
  }

  /// A preauthenticated server with capabilities.
  static func preauthenticated(_ capabilities: String, _ exchanges: [Exchange]) throws -> ScriptedServer {
    try ScriptedServer(greeting: "* PREAUTH [CAPABILITY IMAP4rev1 \(capabilities)] welcome", exchanges)
  }

  /// The commands of clients, without tags.
  var commands: [String] { heard.map { $0.split(separator: " ", maxSplits: 1).dropFirst().joined() } }
}
