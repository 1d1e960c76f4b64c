import CCurl
import Settings
import Transfers

/// Submits a message to a mail server (RFC 6409).
struct MailSubmission {
  let server: MailServer
  let password: String?
  let from: MailAddress
  /// The address of the recipient.
  let to: String
  let message: [UInt8]
  let timeout: Int

  func send() -> DeliveryFailure? {
    let scheme = server.security == .implicit ? "smtps" : "smtp"
    let host = server.host.contains(":") ? "[\(server.host)]" : server.host
    let transfer = Transfer(
      url: "\(scheme)://\(host):\(server.port)", schemes: scheme, upload: message, timeout: timeout,
      configure: { options in
        options.set(CURLOPT_MAIL_FROM, "<\(from.address)>")
        options.set(CURLOPT_MAIL_RCPT, ["<\(to)>"])
        options.set(CURLOPT_UPLOAD, 1)
        if server.security == .starttls { options.set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        if let authorities = server.authorities { options.set(CURLOPT_CAINFO, authorities) }
        if let user = server.user, let password {
          options.set(CURLOPT_USERNAME, user)
          options.set(CURLOPT_PASSWORD, password)
        }
      })
    return Self.failure(transfer.run())
  }

  /// The failure that a result means; nil if the server took the message.
  static func failure(_ result: Transfer.Result) -> DeliveryFailure? {
    guard result.code != CURLE_OK else { return nil }
    guard (400..<600).contains(result.status), result.code != CURLE_LOGIN_DENIED, result.code != CURLE_USE_SSL_FAILED,
      result.code != CURLE_OPERATION_TIMEDOUT, result.code != CURLE_PEER_FAILED_VERIFICATION
    else { return TransferProblem.failure(result.code, .mail) }
    let reply = [String(result.status), result.enhanced].compactMap(\.self).joined(separator: " ")
    // 55x is about this message or its recipient, unless it is the greeting, or 5.7.x, which says that this client may not send.
    if result.status / 10 == 55, result.replies > 1, result.enhanced?.hasPrefix("5.7.") != true {
      return DeliveryFailure("the mail server refused the message (\(reply))", .content)
    }
    return DeliveryFailure(
      "the mail server answered \(reply)", result.replies > 1 && result.status < 500 ? .attempt : .channel)
  }
}
