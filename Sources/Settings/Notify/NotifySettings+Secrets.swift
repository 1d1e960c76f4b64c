extension NotifySettings {
  /// A secret that deliveries need.
  package struct Secret: Sendable, Hashable {
    /// The name of the recipient, or `mail`.
    package var owner: String
    /// What its keys in the configuration begin with, such as `url`.
    package var key: String
    package var source: SecretSource
  }

  /// All secrets of the mail server and of the recipients.
  package var secrets: [Secret] {
    var secrets: [Secret] = []
    if case .server(let server) = mail?.transport, let password = server.password {
      secrets.append(Secret(owner: "mail", key: "password", source: password))
    }
    for recipient in recipients {
      guard case .web(_, let target) = recipient.channel else { continue }
      if case .secret(let url) = target.url { secrets.append(Secret(owner: recipient.name, key: "url", source: url)) }
      if let token = target.token { secrets.append(Secret(owner: recipient.name, key: "token", source: token)) }
    }
    return secrets
  }
}
