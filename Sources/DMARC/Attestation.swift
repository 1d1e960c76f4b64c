/// The receiver's own word that mail was forwarded or came by a list.
public struct Attestation: Sendable, Hashable {
  /// The kind of reason that attests.
  public let type: OverrideType
  /// What the receiver adds in words.
  public let comment: String?

  /// The first reason that attests; nil where none does.
  public init?(_ reasons: [OverrideReason]) {
    let reason = reasons.first {
      [.forwarded, .mailingList, .trustedForwarder].contains($0.type) || $0.comment.map(Self.isARCPass) == true
    }
    guard let reason else { return nil }
    type = reason.type ?? .other
    comment = reason.comment
  }

  /// The address from which the first sealer of an ARC chain took the mail (RFC 8617 §7.2.2: `remote-ip[1]`; OpenDMARC
  /// writes `client-ip[1]`); nil where the comment does not say.
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
