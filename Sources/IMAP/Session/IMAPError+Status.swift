/// Errors from status responses.
extension IMAPError {
  /// The refusal of a command.
  init(refusing command: String, _ status: StatusResponse) {
    if let pause = Self.throttling(status) {
      self = pause
      return
    }
    let reason = Self.reason(status)
    let refused = Cause.refused(command: command, reason: reason)
    // Microsoft's servers send these occasionally, and work again shortly afterwards.
    if ["authenticated but not connected", "server unavailable"].contains(where: status.text.lowercased().contains) {
      self.init(.disconnected, refused)
      return
    }
    switch status.code {
    case "UNAVAILABLE", "INUSE", "SERVERBUG":
      self.init(.throttled, refused, retryAfter: Self.pause(status.text.lowercased()))
    case "NONEXISTENT", "NOPERM", "TRYCREATE": self.init(.mailbox, refused)
    case "OVERQUOTA": self.init(.refused, .quotaExceeded(command: command, reason: reason))
    default: self.init(.refused, refused)
    }
  }

  /// The end of a session, announced by the server (BYE).
  init(farewell status: StatusResponse) {
    self = Self.throttling(status) ?? IMAPError(.disconnected, .farewell(reason: Self.reason(status)))
  }

  /// Response codes that explain a refusal (RFC 9051 §7.1, RFC 5530), and some of large providers.
  private static let knownCodes: Set<String> = [
    "ALERT", "ALREADYEXISTS", "AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "CANNOT", "CLIENTBUG", "CONTACTADMIN",
    "CORRUPTION", "EXPIRED", "INUSE", "LIMIT", "NONEXISTENT", "NOPERM", "OVERQUOTA", "PRIVACYREQUIRED", "SERVERBUG",
    "THROTTLED", "TRYCREATE", "UNAVAILABLE", "WEBALERT",
  ]

  /// The part of a server's reason that may be shown: a known response code and, after the login, the text.
  static func reason(_ status: StatusResponse) -> String {
    let code = status.code.flatMap { knownCodes.contains($0) ? "[\($0)]" : nil }
    let parts = [code, status.shown.isEmpty ? nil : status.shown].compactMap { $0 }
    guard parts.isEmpty else { return parts.joined(separator: " ") }
    return status.text.isEmpty ? "no reason given" : "its text is not shown before the login"
  }

  /// An error if the server throttles the client; Microsoft 365, Gmail and others do so in different texts.
  private static func throttling(_ status: StatusResponse) -> IMAPError? {
    let text = status.text.lowercased()
    let isThrottled =
      status.code == "THROTTLED" || status.code == "LIMIT" || text.contains("throttled")
      || text.contains("backoff time:") || text.contains("too many login attempts")
      || text.contains("too many simultaneous connections") || text.contains("bandwidth limit")
      || text.contains("try again in ") && pause(text) != nil
    guard isThrottled, status.condition != .ok else { return nil }
    return IMAPError(.throttled, .throttled(reason: reason(status)), retryAfter: pause(text))
  }

  private static let markers = ["backoff time:", "try again in", "try again after", "retry after", "retry in", "wait"]
  private static let maxRetryDelay = 1e9

  /// Seconds to wait that a text in lower case requests, such as `Suggested Backoff Time: 299910 milliseconds` or `try
  /// again in 5 minutes`.
  static func pause(_ text: String) -> Double? {
    for marker in markers {
      guard let range = text.firstRange(of: marker) else { continue }
      let rest = text[range.upperBound...].drop { $0 == " " || $0 == ":" }
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard let number = Double(digits) else { continue }
      let unit = rest[digits.endIndex...].drop { $0 == " " }
      let seconds =
        unit.hasPrefix("ms") || unit.hasPrefix("milli")
        ? number / 1_000 : unit.hasPrefix("m") ? number * 60 : unit.hasPrefix("h") ? number * 3_600 : number
      return min(seconds, maxRetryDelay)
    }
    return nil
  }
}
