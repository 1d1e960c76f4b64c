import DMARC
import Yams

/// Reading `notify`: who is told, and how.
extension ConfigurationReader {
  private enum NotifyKey: String, CaseIterable {
    case mail, recipients, timeout
  }

  func notify(_ node: Node) throws -> NotifySettings {
    var settings = NotifySettings()
    try fields(of: node, NotifyKey.self) { key, value in
      switch key {
      case .mail: settings.mail = try mailRoute(value)
      case .recipients: settings.recipients = try list(value).map(recipient)
      case .timeout:
        settings.timeout = try number(value)
        guard settings.timeout <= 120 else { throw failure(value, "expected 1 to 120 seconds") }
      }
    }
    for (index, recipient) in settings.recipients.enumerated() {
      if settings.recipients[..<index].contains(where: { $0.name == recipient.name }) {
        throw failure(node, "two recipients are named \"\(recipient.name)\": give each a `name` of its own")
      }
      if case .mail = recipient.channel, settings.mail == nil {
        throw failure(
          node,
          "recipient \"\(recipient.name)\" gets mail, but nothing says from whom: add mail: {from: dmarcstat@example.com}"
        )
      }
    }
    return settings
  }

  private enum MailKey: String, CaseIterable {
    case from, sendmail, server, port, tls
    case caFile = "ca_file"
    case insecurePlaintext = "insecure_plaintext"
    case user
    case passwordFile = "password_file"
    case passwordCommand = "password_command"
    case passwordEnvironment = "password_env"
  }

  private func mailRoute(_ node: Node) throws -> MailRoute {
    var (from, sendmail, port): (MailAddress?, String?, Int?)
    var server = MailServer(host: "", port: 0, security: .starttls)
    var serverKey: Node?
    try fields(of: node, MailKey.self) { key, value in
      switch key {
      case .from: from = try mailAddress(value)
      case .sendmail: sendmail = try relative(try string(value))
      case .server: server.host = try host(value)
      case .port:
        port = try number(value)
        guard try number(value) <= 65_535 else { throw failure(value, "expected a port from 1 to 65535") }
      case .tls: server.security = try security(value)
      case .caFile: server.authorities = try relative(try string(value))
      case .insecurePlaintext: server.allowsPlaintext = try flag(value)
      case .user: server.user = try string(value)
      case .passwordFile: server.password = try single(server.password, .file(try relative(try string(value))), value)
      case .passwordCommand: server.password = try single(server.password, .command(try string(value)), value)
      case .passwordEnvironment: server.password = try single(server.password, .environment(try string(value)), value)
      }
      if key != .from, key != .sendmail { serverKey = value }
    }
    guard let from else {
      throw failure(node, "`mail` needs the address that it is sent from: from: dmarcstat@example.com")
    }
    if server.host.isEmpty {
      if let serverKey { throw failure(serverKey, "this is about a mail server: add server: smtp.example.com") }
      return MailRoute(from: from, transport: .sendmail(sendmail ?? "/usr/sbin/sendmail"))
    }
    guard sendmail == nil else { throw failure(node, "`mail` has both sendmail and server: keep one of them") }
    server.port = port ?? server.security.usualPort
    if server.security == .none, !MailServer.isLoopback(server.host), !server.allowsPlaintext {
      throw failure(
        node,
        "`tls: none` sends mail and password to \(server.host) for anyone to read: use starttls or implicit, or add insecure_plaintext: true"
      )
    }
    if server.user == nil, server.password != nil { throw failure(node, "`mail` has a password but no user") }
    if server.user != nil, server.password == nil { server.password = .environment("DMARCSTAT_SMTP_PASSWORD") }
    return MailRoute(from: from, transport: .server(server))
  }

  private func host(_ node: Node) throws -> String {
    let text = try string(node)
    guard !text.isEmpty, text.utf8.allSatisfy(Self.isHostByte) || IPAddress(text) != nil else {
      throw failure(
        node,
        "`server` must be a host name or an address without a port, user and password: these have keys of their own, such as `port: 587`"
      )
    }
    return text
  }

  private static func isHostByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) || byte >= 0x80 || "-._".utf8.contains(byte)
  }

  private func security(_ node: Node) throws -> MailServer.Security {
    guard let security = MailServer.Security(rawValue: try string(node)) else {
      throw failure(
        node, "`tls` must be one of \(MailServer.Security.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return security
  }

  func mailAddress(_ node: Node) throws -> MailAddress {
    guard let address = MailAddress(try string(node)) else {
      throw failure(node, "this is not a mail address: write it as ops@example.com or Operations <ops@example.com>")
    }
    return address
  }

  func single(_ known: SecretSource?, _ secret: SecretSource, _ node: Node) throws -> SecretSource {
    guard known == nil else { throw failure(node, "there is more than one source of this secret: keep one of them") }
    return secret
  }
}
