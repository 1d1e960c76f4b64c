package import DMARC

/// Corrections for a mistyped name.
package enum NearNames {
  /// The most names that are suggested.
  private static let most = 3
  /// Longer texts are not typing errors, and comparing them would take too long.
  private static let longest = 253

  /// The names that are most similar to `text`, the nearest first: by edit distance, or by their last part.
  /// - Parameter part: what separates the parts of a name.
  package static func of(_ text: String, among names: [String], part: Character) -> [String] {
    let text = text.lowercased()
    guard text.count <= longest else { return [] }
    let limit = max(1, min(3, text.count / 4))
    let tail = text.split(separator: part).last
    let ranked = names.compactMap { name -> (Int, String)? in
      let lowered = name.lowercased()
      if abs(lowered.count - text.count) <= limit {
        let distance = EditDistance.between(lowered, text)
        if distance <= limit { return (distance, name) }
      }
      // Asia/Calcuta or Tokyo: the area may be missing or wrong.
      guard let own = lowered.split(separator: part).last, let tail else { return nil }
      let distance = EditDistance.between(String(own), String(tail))
      return distance <= max(0, min(2, tail.count / 4)) ? (limit + 1 + distance, name) : nil
    }
    return ranked.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.prefix(most).map(\.1)
  }

  /// The domains that a mistyped one may have meant, the nearest first: its parent or a subdomain, one that is spelt
  /// similarly, or the same name under another suffix.
  package static func of(_ domain: DomainName, among names: [DomainName]) -> [DomainName] {
    let text = domain.name
    guard text.count <= longest else { return [] }
    let limit = max(1, min(3, text.count / 4))
    let labels = text.split(separator: ".")
    let ranked = names.compactMap { name -> (Int, DomainName)? in
      if text.hasSuffix("." + name.name) || name.name.hasSuffix("." + text) { return (0, name) }
      if abs(name.name.count - text.count) <= limit {
        let distance = EditDistance.between(name.name, text)
        if distance <= limit { return (distance, name) }
      }
      let others = name.name.split(separator: ".")
      if labels.count > 1, labels.first == others.first { return (limit + 1, name) }
      // mail.exmaple.com: the end is misspelt, and names above or below it are known.
      let shared = min(labels.count, others.count, 2)
      guard shared == 2, labels.count != others.count else { return nil }
      let ends = (labels.suffix(2).joined(separator: "."), others.suffix(2).joined(separator: "."))
      guard abs(ends.0.count - ends.1.count) <= limit else { return nil }
      let distance = EditDistance.between(ends.1, ends.0)
      return distance > 0 && distance <= min(limit, 2) ? (limit + 1 + distance, name) : nil
    }
    return ranked.sorted { ($0.0, $0.1.name) < ($1.0, $1.1.name) }.prefix(most).map(\.1)
  }

  /// The domains that a pattern nearly matches, the nearest first.
  package static func of(_ pattern: DomainPattern, among names: [DomainName]) -> [DomainName] {
    let limit = max(1, min(3, pattern.literals / 3))
    // Almost any name is near a pattern with hardly a letter.
    guard pattern.literals > limit + 1 else { return [] }
    let ranked = names.compactMap { name -> (Int, DomainName)? in
      let distance = pattern.distance(to: name)
      return distance <= limit ? (distance, name) : nil
    }
    return ranked.sorted { ($0.0, $0.1.name) < ($1.0, $1.1.name) }.prefix(most).map(\.1)
  }
}
