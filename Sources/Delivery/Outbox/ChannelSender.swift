import DMARC
package import Settings
package import Store

/// Delivers one thing through its channel. Secrets are read when they are needed, and not kept.
package struct ChannelSender {
  let settings: NotifySettings
  let readSecret: (SecretSource, _ key: String) throws(UnreadableSecret) -> String
  let printLines: ([String]) -> Void

  /// - Parameters:
  ///   - readSecret: reads a secret; its errors hold no part of it. `key` is the key of the configuration that an error names.
  ///   - printLines: prints lines to standard error.
  package init(
    _ settings: NotifySettings, readSecret: @escaping (SecretSource, _ key: String) throws(UnreadableSecret) -> String,
    printLines: @escaping ([String]) -> Void
  ) {
    (self.settings, self.readSecret, self.printLines) = (settings, readSecret, printLines)
  }

  /// Delivers.
  /// - Parameters:
  ///   - key: the same at each attempt.
  ///   - recipient: nil for an address that is not in the configuration.
  /// - Returns: nil if the channel has taken it.
  package func send(_ content: DeliveryContent, key: String, to recipient: Recipient?) -> DeliveryFailure? {
    do {
      if content.channel == "mail", let address = content.address { return try sendMail(content.body, to: address) }
      guard let recipient, recipient.channel.word == content.channel else {
        return DeliveryFailure(
          "`notify` names another channel for this recipient by now: drop it with `dmarcstat outbox drop`", .channel)
      }
      switch recipient.channel {
      case .web(let shape, let target): return try send(content, key, shape, target)
      case .command(let words):
        return ChildProcess.failure(
          ChildProcess(words: words, input: content.body, timeout: settings.timeout).run(), "the command")
      case .syslog(let target): return SyslogMessage(target: target, bytes: content.body).send()
      case .standardError:
        printLines(String(decoding: content.body, as: UTF8.self).split(separator: "\n").map(String.init))
        return nil
      case .mail: return DeliveryFailure("this has no address", .content)
      }
    } catch { return DeliveryFailure(error.cause, .channel) }
  }

  private func send(
    _ content: DeliveryContent, _ key: String, _ shape: WebShape, _ target: WebTarget
  ) throws(UnreadableSecret) -> DeliveryFailure? {
    let url =
      switch target.url {
      case .written(let url): url
      case .secret(let source): try readSecret(source, "url")
      }
    let token: String? = if let source = target.token { try readSecret(source, "token") } else { nil }
    // The key may hold names that no header can.
    let request = WebRequest(
      shape: shape, target: target, url: url, token: token, key: "\(CanonicalHash(of: key.utf8))",
      content: (content.header, content.body), timeout: settings.timeout)
    return request.send()
  }

  private func sendMail(_ message: [UInt8], to address: String) throws(UnreadableSecret) -> DeliveryFailure? {
    guard let route = settings.mail else {
      return DeliveryFailure(
        "`notify` does not say how mail is sent: add mail: {from: dmarcstat@example.com}", .channel)
    }
    guard let to = MailAddress(address) else { return DeliveryFailure("this is not a mail address", .content) }
    switch route.transport {
    case .sendmail(let path):
      let words = [path, "-i", "-f", route.from.address, "--", to.address]
      // Programs that take mail from standard input expect the line ends of Unix.
      let end = ChildProcess(words: words, input: message.filter { $0 != 0x0d }, timeout: settings.timeout).run()
      return ChildProcess.failure(end, "sendmail", refusals: ChildProcess.mailRefusals)
    case .server(let server):
      let password: String? = if let source = server.password { try readSecret(source, "password") } else { nil }
      return MailSubmission(
        server: server, password: password, from: route.from, to: to.address, message: message,
        timeout: settings.timeout
      ).send()
    }
  }
}

/// A secret that cannot be read.
package struct UnreadableSecret: Error, Sendable {
  /// Where it should be, and why it cannot be read; never what was found.
  package let cause: String

  package init(_ cause: String) { self.cause = cause }
}
