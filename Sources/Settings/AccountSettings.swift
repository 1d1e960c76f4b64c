import IMAP
import Yams

/// The accounts of the configuration.
extension ConfigurationReader {
  private static let accountKeys = [
    "name", "server", "port", "tls", "ca_file", "insecure_skip_certificate_check", "insecure_plaintext_password",
    "user", "auth", "password_file", "password_command", "password_env", "token_command", "folders", "after", "other",
    "rejected", "expunge", "retries", "timeouts", "poll_seconds",
  ]

  func account(_ node: Node) throws -> MailAccount {
    var account = MailAccount(name: "", endpoint: Endpoint(host: ""), user: "")
    var port: Int?
    try fields(of: node, known: Self.accountKeys) { key, value in
      switch key {
      case "name": account.name = try string(value)
      case "server": (account.endpoint.host, port) = try server(value, port)
      case "port": port = try self.port(value)
      case "user": account.user = try string(value)
      case "folders": account.folders = try strings(value)
      case "retries": account.retries = try whole(value)
      case "poll_seconds": account.pollSeconds = Double(try number(value))
      case "timeouts": try timeouts(value, &account)
      case "after", "other", "rejected", "expunge": try clearing(key, value, &account)
      case "tls", "ca_file", "insecure_skip_certificate_check": try encryption(key, value, &account.endpoint)
      default: try login(key, value, &account)
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
        "account \"\(account.name)\": a token is sent by xoauth2 or oauthbearer, not by `auth: \(account.mechanism?.rawValue ?? "")`"
      )
    }
    if account.secret == nil { account.secret = .environment(Self.variable(account.name)) }
    return account
  }

  /// `DMARCSTAT_PASSWORD_REPORTS` for an account named `reports`.
  private static func variable(_ name: String) -> String {
    "DMARCSTAT_PASSWORD_" + String(name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }

  /// `imap.example.com`, or with a port behind a colon.
  private func server(_ node: Node, _ port: Int?) throws -> (String, Int?) {
    let text = try string(node)
    guard !text.contains("@"), !text.contains("/") else {
      throw failure(node, "`server` is a host name or an address: user, password and folder have keys of their own")
    }
    if text.hasPrefix("[") || text.filter({ $0 == ":" }).count > 1 {
      return (text.filter { $0 != "[" && $0 != "]" }, port)
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return (text, port) }
    guard let number = Int(parts[1]), (1...65_535).contains(number) else {
      throw failure(node, "what follows the colon of `server` is not a port")
    }
    return (String(parts[0]), number)
  }

  private func port(_ node: Node) throws -> Int {
    let port = try number(node)
    guard port <= 65_535 else { throw failure(node, "a port is at most 65535") }
    return port
  }

  /// A whole number, 0 included.
  private func whole(_ node: Node) throws -> Int {
    guard let number = node.int, number >= 0 else { throw failure(node, "here should be a whole number of 0 or more") }
    return number
  }

  private func timeouts(_ node: Node, _ account: inout MailAccount) throws {
    try fields(of: node, known: ["connect", "silence", "run", "idle"]) { key, value in
      let seconds = Double(try number(value))
      switch key {
      case "connect": account.endpoint.connectSeconds = seconds
      case "silence": account.endpoint.silenceSeconds = seconds
      case "idle":
        guard seconds < 29 * 60 else { throw failure(value, "servers end a session that idles for 29 minutes: less") }
        account.idleSeconds = seconds
      default: account.runSeconds = seconds
      }
    }
  }

  private func clearing(_ key: String, _ node: Node, _ account: inout MailAccount) throws {
    let text = try string(node)
    if key == "expunge" {
      guard ["single", "all"].contains(text) else { throw failure(node, "`expunge` is single or all") }
      account.expungesAll = text == "all"
      return
    }
    let action = MessageAction(text)
    if key == "after" {
      guard let action else { throw failure(node, "`after` of an account is keep, seen, delete or move:FOLDER") }
      account.after = action
      return
    }
    switch action {
    case .keep?, .move?:
      if key == "other" { account.other = action ?? .keep } else { account.rejected = action ?? .keep }
    default: throw failure(node, "`\(key)` is keep or move:FOLDER")
    }
  }

  private func encryption(_ key: String, _ node: Node, _ endpoint: inout Endpoint) throws {
    switch key {
    case "tls":
      // YAML 1.1 takes a bare `none` as text, but `no` and `off` as false.
      guard let security = Endpoint.Security(rawValue: try string(node)) else {
        throw failure(node, "`tls` is one of \(Endpoint.Security.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      endpoint.security = security
    case "ca_file": endpoint.authorities = try relative(try string(node))
    default: endpoint.skipsCertificateCheck = try flag(node)
    }
  }

  private func login(_ key: String, _ node: Node, _ account: inout MailAccount) throws {
    switch key {
    case "auth":
      let text = try string(node)
      guard text != "auto" else { return }
      guard let mechanism = Credentials.Mechanism(rawValue: text) else {
        let known = ["auto"] + Credentials.Mechanism.allCases.map(\.rawValue)
        throw failure(node, "`auth` is one of \(known.joined(separator: ", "))")
      }
      account.mechanism = mechanism
    case "insecure_plaintext_password": account.allowsPlaintextPassword = try flag(node)
    default:
      guard account.secret == nil else {
        throw failure(
          node,
          "account \"\(account.name)\" has two secrets: leave one of password_file, password_command, password_env, token_command"
        )
      }
      let text = try string(node)
      switch key {
      case "password_file": account.secret = .file(try relative(text))
      case "password_command": account.secret = .command(text)
      case "token_command": account.secret = .tokenCommand(text)
      default: account.secret = .environment(text)
      }
    }
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
