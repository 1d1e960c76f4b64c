import DMARC

/// Domains that are meant to be taken for the own one.
extension RuleFacts {
  /// A passing foreign domain that resembles the own one; nil if there is none.
  var lookAlike: DomainName? {
    guard let own = outcome.organisation?.labels.first.map(String.init) else { return nil }
    return foreignPasses.first { domain in
      guard let label = (context.organisations.domain(of: domain) ?? domain).labels.first else { return false }
      return Self.resembles(String(label), own)
    }
  }

  var lookAlikeEvidence: [Evidence] {
    lookAlike.map { [Evidence(.lookAlike, ["domain": $0.name, "from": fromName])] } ?? []
  }

  /// The length in characters from which names that differ in one character are unlikely by chance.
  private static let minLength = 5

  /// Whether a label is made to be read as another: one character added, left out, exchanged or replaced, characters that look alike, or the
  /// other label with something added.
  static func resembles(_ label: String, _ own: String) -> Bool {
    guard own.utf8.count >= minLength, label != own else { return false }
    if skeleton(label) == skeleton(own) { return true }
    if label.hasPrefix(own + "-") || label.hasSuffix("-" + own) { return true }
    return isOneEditAway(Array(label.utf8), Array(own.utf8))
  }

  /// A label with characters and pairs that look alike written in one way.
  private static func skeleton(_ label: String) -> String {
    var text = label.filter { $0 != "-" }
    for (similar, plain) in [("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"), ("i", "l"), ("5", "s"), ("3", "e")] {
      text = text.replacing(similar, with: plain)
    }
    return text
  }

  private static func isOneEditAway(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard abs(left.count - right.count) <= 1 else { return false }
    var start = 0
    while start < min(left.count, right.count), left[start] == right[start] { start += 1 }
    let (restLeft, restRight) = (left[start...], right[start...])
    if left.count == right.count {
      if restLeft.dropFirst() == restRight.dropFirst() { return true }
      let isSwapped =
        restLeft.count > 1 && restLeft.first == restRight.dropFirst().first
        && restRight.first == restLeft.dropFirst().first
      return isSwapped && restLeft.dropFirst(2) == restRight.dropFirst(2)
    }
    return left.count > right.count ? restLeft.dropFirst() == restRight : restLeft == restRight.dropFirst()
  }
}
