import IMAP
import Yams

/// Reading the accounts of the configuration.
extension ConfigurationReader {
  private enum AccountKey: String, CaseIterable {
    case name, server, port, tls
    case caFile = "ca_file"
    case insecureSkipCertificateCheck = "insecure_skip_certificate_check"
    case insecurePlaintextPassword = "insecure_plaintext_password"
    case user, auth
    case passwordFile = "password_file"
    case passwordCommand = "password_command"
    case passwordEnvironment = "password_env"
    case tokenCommand = "token_command"
    case folders, after, other, rejected, expunge, retries, timeouts
    case pollSeconds = "poll_seconds"
  }

  func account(_ node: Node) throws -> MailAccount {
    var account = MailAccount(name: "", endpoint: Endpoint(host: ""), user: "")
    var port: Int?
    try fields(of: node, AccountKey.self) { key, value in
      switch key {
      case .name: account.name = try string(value)
      case .server: (account.endpoint.host, port) = try server(value, port)
      case .port: port = try self.port(value)
      case .tls: account.endpoint.security = try security(value)
      case .caFile: account.endpoint.authorities = try relative(try string(value))
      case .insecureSkipCertificateCheck: account.endpoint.skipsCertificateCheck = try flag(value)
      case .insecurePlaintextPassword: account.allowsPlaintextPassword = try flag(value)
      case .user: account.user = try string(value)
      case .auth: account.mechanism = try mechanism(value)
      case .passwordFile: try setSecret(.file(try relative(try string(value))), value, &account)
      case .passwordCommand: try setSecret(.command(try string(value)), value, &account)
      case .passwordEnvironment: try setSecret(.environment(try string(value)), value, &account)
      case .tokenCommand: try setSecret(.tokenCommand(try string(value)), value, &account)
      case .folders: account.folders = try strings(value)
      case .after: account.after = try action(value)
      case .other: account.other = try moveOrKeep(key, value)
      case .rejected: account.rejected = try moveOrKeep(key, value)
      case .expunge: account.expungesAll = try expungesAll(value)
      case .retries: account.retries = try whole(value)
      case .timeouts: try timeouts(value, &account)
      case .pollSeconds: account.pollSeconds = Double(try number(value))
      }
    }
    account.endpoint.port = port ?? account.endpoint.security.usualPort
    guard !account.name.isEmpty else { throw failure(node, "an account needs a name") }
    guard !account.endpoint.host.isEmpty else { throw failure(node, "account \"\(account.name)\" needs a server") }
    guard !account.user.isEmpty else { throw failure(node, "account \"\(account.name)\" needs a user") }
    guard !account.folders.isEmpty else { throw failure(node, "account \"\(account.name)\" needs a folder") }
    if case .tokenCommand? = account.secret, [.login, .plain].contains(account.mechanism) {
      throw failure(
        node,
        "account \"\(account.name)\": `token_command` requires `auth: xoauth2` or `auth: oauthbearer`, not `auth: \(account.mechanism?.rawValue ?? "")`"
      )
    }
    if account.secret == nil { account.secret = .environment(Self.variable(account.name)) }
    return account
  }

  /// `DMARCSTAT_PASSWORD_REPORTS` for an account named `reports`.
  private static func variable(_ name: String) -> String {
    "DMARCSTAT_PASSWORD_" + String(name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }

  /// `imap.example.com`, or `imap.example.com:993` with a port.
  private func server(_ node: Node, _ port: Int?) throws -> (String, Int?) {
    let text = try string(node)
    guard !text.contains("@"), !text.contains("/") else {
      throw failure(node, "`server` must be a host name or an address: user, password and folders have their own keys")
    }
    if text.hasPrefix("[") || text.filter({ $0 == ":" }).count > 1 {
      return (text.filter { $0 != "[" && $0 != "]" }, port)
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return (text, port) }
    guard let number = Int(parts[1]), (1...65_535).contains(number) else {
      throw failure(node, "the port in `server` is not valid: expected a number from 1 to 65535")
    }
    return (String(parts[0]), number)
  }

  private func port(_ node: Node) throws -> Int {
    let port = try number(node)
    guard port <= 65_535 else { throw failure(node, "expected a port from 1 to 65535") }
    return port
  }

  /// An integer that is not negative.
  private func whole(_ node: Node) throws -> Int {
    guard let number = node.int, number >= 0 else { throw failure(node, "expected an integer of 0 or more") }
    return number
  }

  private enum TimeoutKey: String, CaseIterable {
    case connect, silence, run, idle
  }

  private func timeouts(_ node: Node, _ account: inout MailAccount) throws {
    try fields(of: node, TimeoutKey.self) { key, value in
      let seconds = Double(try number(value))
      switch key {
      case .connect: account.endpoint.connectSeconds = seconds
      case .silence: account.endpoint.silenceSeconds = seconds
      case .idle:
        guard seconds < 29 * 60 else {
          throw failure(value, "expected less than 1740 seconds: servers close a session after 29 minutes of IDLE")
        }
        account.idleSeconds = seconds
      case .run: account.runSeconds = seconds
      }
    }
  }

  private func action(_ node: Node) throws -> MessageAction {
    guard let action = MessageAction(try string(node)) else {
      throw failure(node, "`after` of an account must be keep, seen, delete or move:FOLDER")
    }
    return action
  }

  private func moveOrKeep(_ key: AccountKey, _ node: Node) throws -> MessageAction {
    switch MessageAction(try string(node)) {
    case .keep?: return .keep
    case .move(let folder)?: return .move(folder)
    case .seen?, .delete?, nil: throw failure(node, "`\(key.rawValue)` must be keep or move:FOLDER")
    }
  }

  private func expungesAll(_ node: Node) throws -> Bool {
    switch try string(node) {
    case "all": true
    case "single": false
    default: throw failure(node, "`expunge` must be single or all")
    }
  }

  private func security(_ node: Node) throws -> Endpoint.Security {
    // YAML 1.1 reads a bare `none` as a string, but `no` and `off` as false.
    guard let security = Endpoint.Security(rawValue: try string(node)) else {
      throw failure(node, "`tls` must be one of \(Endpoint.Security.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return security
  }

  /// The mechanism; nil if dmarcstat chooses it.
  private func mechanism(_ node: Node) throws -> Credentials.Mechanism? {
    let text = try string(node)
    if text == "auto" { return nil }
    guard let mechanism = Credentials.Mechanism(rawValue: text) else {
      let known = ["auto"] + Credentials.Mechanism.allCases.map(\.rawValue)
      throw failure(node, "`auth` must be one of \(known.joined(separator: ", "))")
    }
    return mechanism
  }

  private func setSecret(_ secret: SecretSource, _ node: Node, _ account: inout MailAccount) throws {
    guard account.secret == nil else {
      throw failure(
        node,
        "account \"\(account.name)\" has more than one secret: keep only one of password_file, password_command, password_env, token_command"
      )
    }
    account.secret = secret
  }

  func accounts(_ node: Node) throws -> [MailAccount] {
    let accounts = try list(node).map(account)
    for (number, account) in accounts.enumerated()
    where accounts[..<number].contains(where: { $0.name == account.name }) {
      throw failure(node, "\"\(account.name)\" is declared twice in accounts")
    }
    return accounts
  }
}
