/// The receiver's own statement that a message was forwarded or came through a mailing list, made in `policy_evaluated/reason`
/// (RFC 7489 App. C, RFC 9990 §3.1.6).
public struct Attestation: Sendable, Hashable {
  /// The kind of reason that says so; nil if it is not reported.
  public let type: OverrideType?
  /// The receiver's comment.
  public let comment: String?

  /// The first reason that states forwarding; nil if none does.
  public init?(_ reasons: [OverrideReason]) {
    let reason = reasons.first {
      [.forwarded, .mailingList, .trustedForwarder].contains($0.type) || $0.comment.map(Self.isARCPass) == true
    }
    guard let reason else { return nil }
    type = reason.type
    comment = reason.comment
  }

  /// The address that the first sealer of the ARC chain received the message from (RFC 8617 §7.2.2: `remote-ip[1]`; OpenDMARC
  /// writes `client-ip[1]`); nil if the comment does not name it.
  public var firstHop: IPAddress? {
    guard let comment else { return nil }
    let words = comment.lowercased().split { $0.isWhitespace || $0 == ";" || $0 == "," }
    for word in words {
      for key in ["remote-ip[1]=", "client-ip[1]="] where word.hasPrefix(key) {
        return IPAddress(String(word.dropFirst(key.count)))
      }
    }
    return nil
  }

  /// Whether a comment says that the ARC chain passed (RFC 8617 §7.2.2: `arc=pass`). `arc=fail` is no sign of forwarding.
  private static func isARCPass(_ comment: String) -> Bool {
    let text = comment.lowercased()
    if text.contains("trusted arc") { return true }
    var rest = text[...]
    while let range = rest.firstRange(of: "arc") {
      let before = text[..<range.lowerBound].last
      rest = rest[range.upperBound...]
      if let before, before.isLetter || before.isNumber || before == "_" || before == "." { continue }
      var value = rest.drop { $0.isWhitespace }
      guard value.first == "=" else { continue }
      value = value.dropFirst().drop { $0.isWhitespace }
      guard value.hasPrefix("pass") else { continue }
      let after = value.dropFirst(4).first
      if after.map({ $0.isLetter || $0.isNumber || $0 == "_" }) != true { return true }
    }
    return false
  }
}
