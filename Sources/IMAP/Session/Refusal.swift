/// What a server says when it says no, in words for a person.
enum Refusal {
  static func explain(_ status: StatusResponse, of command: String) -> IMAPError {
    if let error = throttling(status) { return error }
    let said = "\(command) was refused: \(reason(status))"
    // Microsoft's servers say these now and then, and are well a moment later.
    if ["authenticated but not connected", "server unavailable"].contains(where: status.text.lowercased().contains) {
      return IMAPError(.disconnected, said)
    }
    switch status.code {
    case "UNAVAILABLE", "INUSE", "SERVERBUG":
      return IMAPError(.throttled, said, retryAfter: pause(status.text.lowercased()))
    case "NONEXISTENT", "NOPERM", "TRYCREATE": return IMAPError(.mailbox, said)
    case "OVERQUOTA": return IMAPError(.refused, "\(said) (the mailbox is full)")
    default: return IMAPError(.refused, said)
    }
  }

  static func explain(farewell status: StatusResponse) -> IMAPError {
    if let error = throttling(status) { return error }
    return IMAPError(.disconnected, "the server said goodbye: \(reason(status))")
  }

  /// Response codes (RFC 9051 section 7.1, RFC 5530) that say why something was refused, and some of large providers.
  private static let codes: Set<String> = [
    "ALERT", "ALREADYEXISTS", "AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "CANNOT", "CLIENTBUG", "CONTACTADMIN",
    "CORRUPTION", "EXPIRED", "INUSE", "LIMIT", "NONEXISTENT", "NOPERM", "OVERQUOTA", "PRIVACYREQUIRED", "SERVERBUG",
    "THROTTLED", "TRYCREATE", "UNAVAILABLE", "WEBALERT",
  ]

  /// What may be shown of a server's reason: its response code if it is a known one, and its text after the login.
  static func reason(_ status: StatusResponse) -> String {
    let code = status.code.flatMap { codes.contains($0) ? "[\($0)]" : nil }
    let parts = [code, status.shown.isEmpty ? nil : status.shown].compactMap { $0 }
    guard parts.isEmpty else { return parts.joined(separator: " ") }
    return status.text.isEmpty ? "no reason given" : "in words that are not shown before the login"
  }

  /// Microsoft 365 says in its text how long to wait; Gmail and others have words of their own.
  private static func throttling(_ status: StatusResponse) -> IMAPError? {
    let text = status.text.lowercased()
    let isThrottled =
      status.code == "THROTTLED" || status.code == "LIMIT" || text.contains("throttled")
      || text.contains("backoff time:") || text.contains("too many login attempts")
      || text.contains("too many simultaneous connections") || text.contains("bandwidth limit")
      || text.contains("try again in ") && pause(text) != nil
    guard isThrottled, status.condition != .ok else { return nil }
    return IMAPError(
      .throttled, "the server asks for less traffic: \(reason(status))", retryAfter: pause(text))
  }

  private static let markers = ["backoff time:", "try again in", "try again after", "retry after", "retry in", "wait"]
  private static let longestWish = 1e9

  /// Seconds that a text in lower case asks for, such as `Suggested Backoff Time: 299910 milliseconds` or `try again in 5 minutes`.
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
      return min(seconds, longestWish)
    }
    return nil
  }
}
