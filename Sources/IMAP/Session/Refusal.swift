/// What a server says when it says no, in words for a person.
enum Refusal {
  static func explain(_ status: StatusResponse, of command: String) -> IMAPError {
    if let error = throttling(status) { return error }
    let text = IMAPError.shortened(status.text)
    let said = "\(command) was refused: \(text.isEmpty ? "no reason given" : text)"
    // Microsoft's servers say these now and then, and are well a moment later.
    if ["authenticated but not connected", "server unavailable"].contains(where: status.text.lowercased().contains) {
      return IMAPError(.disconnected, said)
    }
    switch status.code {
    case "UNAVAILABLE", "INUSE", "SERVERBUG": return IMAPError(.throttled, said)
    case "NONEXISTENT", "NOPERM", "TRYCREATE": return IMAPError(.mailbox, said)
    case "OVERQUOTA": return IMAPError(.refused, "\(said) (the mailbox is full)")
    default: return IMAPError(.refused, said)
    }
  }

  static func explain(farewell status: StatusResponse) -> IMAPError {
    if let error = throttling(status) { return error }
    let text = IMAPError.shortened(status.text)
    return IMAPError(.disconnected, "the server said goodbye: \(text.isEmpty ? "no reason given" : text)")
  }

  /// Microsoft 365 says in its text how long to wait; Gmail and others have words of their own.
  private static func throttling(_ status: StatusResponse) -> IMAPError? {
    let text = status.text.lowercased()
    let isThrottled =
      status.code == "THROTTLED" || status.code == "LIMIT" || text.contains("throttled")
      || text.contains("too many simultaneous connections") || text.contains("bandwidth limit")
    guard isThrottled, status.condition != .ok else { return nil }
    var seconds: Double?
    if let range = text.firstRange(of: "backoff time:"),
      let milliseconds = Double(text[range.upperBound...].drop { $0 == " " }.prefix { $0.isNumber })
    {
      seconds = milliseconds / 1_000
    }
    return IMAPError(
      .throttled, "the server asks for less traffic: \(IMAPError.shortened(status.text))", retryAfter: seconds)
  }
}
