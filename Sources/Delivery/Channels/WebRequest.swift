import CCurl
import Settings
import Transfers

/// A request to a web service. Whether it was delivered depends on the status alone: nothing else of the response is used or shown.
struct WebRequest {
  let shape: WebShape
  let target: WebTarget
  /// The URL, with whatever it holds.
  let url: String
  let token: String?
  /// The same at each attempt, so that the receiver can tell a repetition.
  let key: String
  let content: (header: [String], body: [UInt8])
  let timeout: Int

  /// Sends it.
  func send() -> DeliveryFailure? {
    guard let isEncrypted = Self.isEncrypted(url) else {
      return DeliveryFailure("the URL is not one of https:// or http://: check where it comes from", .channel)
    }
    let isLoopback = Self.isLoopback(url)
    if !isEncrypted, !target.allowsPlaintext, !isLoopback {
      return DeliveryFailure(
        "the URL begins with http://, so anyone on the way could read it: use https://, or add insecure_plaintext: true",
        .channel)
    }
    let header =
      [
        "Content-Type: \(shape == .ntfy ? "text/plain; charset=utf-8" : "application/json")", "Accept:", "Expect:",
        "Idempotency-Key: \(key)",
      ] + content.header + (token.map { ["Authorization: Bearer \($0)"] } ?? [])
    let transfer = Transfer(
      url: url, schemes: isEncrypted ? "https" : "http", upload: content.body, timeout: timeout,
      configure: {
        $0.set(CURLOPT_POST, 1)
        $0.set(CURLOPT_POSTFIELDSIZE, content.body.count)
        $0.set(CURLOPT_HTTPHEADER, header)
        $0.set(CURLOPT_USERAGENT, "dmarcstat")
        // A proxy is another machine, which would get all of it in plain text.
        if isLoopback { $0.set(CURLOPT_NOPROXY, "*") }
      })
    return Self.failure(transfer.run())
  }

  /// The failure that a result means; nil if the request was accepted, whatever the rest of the response is.
  static func failure(_ result: Transfer.Result) -> DeliveryFailure? {
    guard result.hasHeader else { return TransferProblem.failure(result.code, .web) }
    let wait = result.retryAfter > 0 ? result.retryAfter : nil
    switch result.status {
    case 200..<300: return nil
    case 300..<400:
      return DeliveryFailure(
        "the web service answered \(result.status), a redirect, which is not followed: configure the new URL", .channel)
    // The content is refused; it would be at each attempt.
    case 400, 413, 415, 422: return DeliveryFailure("the web service refused it (\(result.status))", .content)
    case 401, 403, 404, 410:
      return DeliveryFailure("the web service answered \(result.status): check the URL and the token", .channel)
    case 429, 503: return DeliveryFailure("the web service asks to wait (\(result.status))", .channel, retryAfter: wait)
    default: return DeliveryFailure("the web service answered \(result.status)", .attempt, retryAfter: wait)
    }
  }

  private static func isEncrypted(_ url: String) -> Bool? {
    let scheme = url.prefix(8).lowercased()
    guard !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) else { return nil }
    return scheme.hasPrefix("https://") ? true : scheme.hasPrefix("http://") ? false : nil
  }

  /// Whether the host is this machine. It is read as libcurl reads it.
  private static func isLoopback(_ url: String) -> Bool {
    guard let parsed = curl_url() else { return false }
    defer { curl_url_cleanup(parsed) }
    guard curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK else { return false }
    var host: UnsafeMutablePointer<CChar>?
    defer { curl_free(host) }
    guard curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK, let host else { return false }
    return MailServer.isLoopback(String(cString: host).filter { $0 != "[" && $0 != "]" })
  }
}

/// What went wrong in a transfer, in words of this program: texts of libcurl and of servers may hold what was sent.
enum TransferProblem {
  /// What is at the other end. A web service has no `ca_file`, `tls` and `port` in the configuration.
  enum Peer: String {
    case web = "the web service"
    case mail = "the mail server"
  }

  static func failure(_ code: CURLcode, _ kind: Peer) -> DeliveryFailure {
    let peer = kind.rawValue
    let (authority, port) =
      switch kind {
      case .web: ("and that this machine trusts its authority", "the URL")
      case .mail: ("or name its authority with ca_file", "the port and `tls`")
      }
    let cause =
      switch code {
      case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
        "the name of \(peer) has no address: check it, and the name servers"
      case CURLE_COULDNT_CONNECT: "\(peer) cannot be reached"
      case CURLE_OPERATION_TIMEDOUT: "\(peer) did not answer in time"
      case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
        "the certificate of \(peer) is not valid for it: check the name and the clock, \(authority)"
      case CURLE_SSL_CONNECT_ERROR: "\(peer) does not speak TLS here: check \(port)"
      case CURLE_USE_SSL_FAILED: "\(peer) offers no STARTTLS: check the port and `tls`"
      case CURLE_LOGIN_DENIED: "\(peer) refused the login: check user and password"
      case CURLE_OK, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE:
        "\(peer) closed the connection"
      case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: "the URL of \(peer) is not valid: check where it comes from"
      case CURLE_WRITE_ERROR: "\(peer) answers with too much"
      default: "\(peer) cannot be used (libcurl error \(code.rawValue))"
      }
    return DeliveryFailure(cause, .channel)
  }
}
