/// The hashes of a body. Each form of it is made once.
struct BodyHashes {
  private let body: [UInt8]?
  private var forms: [Canonicalisation: [UInt8]] = [:]
  private var whole: [String: [UInt8]] = [:]

  /// Larger bodies are not searched for footers.
  private static let mostSearched = 1 << 20

  /// - Parameter body: with CRLF line ends; nil if it is not there.
  init(_ body: [UInt8]?) { self.body = body }

  /// What the hash of a signature says about the body; nil if the body is not there.
  /// - Throws: ``SignatureFault/length``.
  mutating func check(_ field: SignatureField) throws(SignatureFault) -> (isIntact: Bool, unsignedOctets: Int)? {
    guard let body else { return nil }
    let text = form(field.bodyForm)
    let length = field.signedLength ?? text.count
    // Without any text, most likely only the header was saved.
    let isBlank = body.allSatisfy { $0 == 0x0d || $0 == 0x0a || $0 == 0x20 || $0 == 0x09 }
    guard length <= text.count else { if isBlank { return nil } else { throw .length } }
    let isIntact = hash(text, length, field) == field.bodyHash
    return isBlank && !isIntact ? nil : (isIntact, text.count - length)
  }

  /// Octets at the end of the body without which it is as it was signed; nil if there are none.
  mutating func footer(_ field: SignatureField) -> Int? {
    let text = form(field.bodyForm)
    guard text.count <= Self.mostSearched, field.signedLength == nil else { return nil }
    var digest = Digest(field.algorithm)
    var start = 0
    // Empty lines count only if others follow.
    var pending = 0
    while start < text.count {
      let end = (text[start...].firstIndex(of: 0x0a) ?? text.count - 1) + 1
      if text[start..<end].elementsEqual([0x0d, 0x0a]) {
        pending += 1
      } else {
        digest.update(text[(start - 2 * pending)..<end])
        pending = 0
        if end < text.count, digest.value() == field.bodyHash { return text.count - end }
      }
      start = end
    }
    return nil
  }

  private mutating func form(_ canonicalisation: Canonicalisation) -> [UInt8] {
    if let known = forms[canonicalisation] { return known }
    let text = canonicalisation.body(body ?? [])
    forms[canonicalisation] = text
    return text
  }

  private mutating func hash(_ text: [UInt8], _ length: Int, _ field: SignatureField) -> [UInt8] {
    let key = "\(field.bodyForm.rawValue) \(field.algorithm.hash)"
    if length == text.count, let known = whole[key] { return known }
    var digest = Digest(field.algorithm)
    digest.update(text[..<length])
    let value = digest.value()
    if length == text.count { whole[key] = value }
    return value
  }
}
