package import DMARC
import Verdict

/// The ARC sets of a message: one of three fields for each host that vouched for it (RFC 8617 §4).
package struct ARCSets {
  /// What one host added.
  struct Hop {
    let results: MessageHeader.Field
    let message: Result<SignatureField, SignatureFault>
    let seal: Result<SignatureField, SignatureFault>
  }

  /// By number, from 1; empty if there are none, or if they do not fit together.
  let hops: [Hop]
  /// Whether there are any fields, although they do not fit together.
  let isBroken: Bool

  /// The greatest number of a set (RFC 8617 §4.2.1).
  private static let most = 50

  init(_ header: MessageHeader) {
    let results = header.all("arc-authentication-results")
    let messages = header.all("arc-message-signature")
    let seals = header.all("arc-seal")
    let count = seals.count
    guard count > 0 || !messages.isEmpty || !results.isEmpty else {
      (hops, isBroken) = ([], false)
      return
    }
    func place(_ fields: [MessageHeader.Field]) -> [Int: MessageHeader.Field] {
      Dictionary(fields.compactMap { field in Self.instance(field).map { ($0, field) } }) { first, _ in first }
    }
    let byNumber = (place(results), place(messages), place(seals))
    guard (1...Self.most).contains(count), results.count == count, messages.count == count else {
      (hops, isBroken) = ([], true)
      return
    }
    var hops: [Hop] = []
    for number in 1...count {
      guard let result = byNumber.0[number], let message = byNumber.1[number], let seal = byNumber.2[number] else {
        (self.hops, isBroken) = ([], true)
        return
      }
      hops.append(
        Hop(
          results: result, message: Result { () throws(SignatureFault) in try SignatureField(message, .arcMessage) },
          seal: Result { () throws(SignatureFault) in try SignatureField(seal, .arcSeal) }))
    }
    (self.hops, isBroken) = (hops, false)
  }

  /// The number of a field. It is the first tag, which is followed by a semicolon.
  private static func instance(_ field: MessageHeader.Field) -> Int? {
    let first = field.text.prefix { $0 != ";" }.filter { !$0.isWhitespace }
    if first.hasPrefix("i=") { return Int(first.dropFirst(2)) }
    return TagList(field.text)["i"].flatMap { Int($0.value) }
  }

  var questions: Set<DNSQuestion> {
    Set(hops.flatMap { [try? $0.message.get().keyQuestion, try? $0.seal.get().keyQuestion] }.compactMap { $0 })
  }
}

/// The result of an ARC chain.
package struct ARCResult: Sendable, Hashable {
  /// As in Authentication-Results; nil if a key was not answered.
  package enum Status: String, Sendable, Hashable {
    case none, pass, fail
    /// The seals are valid; whether the last host's signature is cannot be told without the body.
    case headerOnly = "header-only"
    case unanswered = "temperror"
  }

  package let status: Status
  /// The domains of the seals, from the first host to the last.
  package let sealers: [DomainName]
  /// What the first host found, before anybody changed the message; nil without a chain that passes.
  package let firstResults: AuthenticationResults?
}

extension SignatureVerifier {
  /// The result of the ARC chain.
  /// - Parameter answers: the answer to a question; nil counts as a failed lookup.
  package mutating func chainResult(_ answers: (DNSQuestion) -> DNSAnswer?) -> ARCResult {
    let sealers = chain.hops.compactMap { try? $0.seal.get().domain }
    func result(_ status: ARCResult.Status) -> ARCResult {
      let isSound = status == .pass || status == .headerOnly
      return ARCResult(
        status: status, sealers: sealers,
        firstResults: isSound
          ? chain.hops.first.flatMap { AuthenticationResults(Self.withoutNumber($0.results.value)) } : nil)
    }
    guard let last = chain.hops.last else { return result(chain.isBroken ? .fail : .none) }
    guard case .success(let message) = last.message else { return result(.fail) }
    for (index, hop) in chain.hops.enumerated() {
      guard case .success(let seal) = hop.seal, seal.chainResult == (index == 0 ? "none" : "pass") else {
        return result(.fail)
      }
      switch verify(seal, of: index + 1, answers) {
      case .passes: continue
      case .key(.unanswered): return result(.unanswered)
      default: return result(.fail)
      }
    }
    switch verify(message, answers).outcome {
    case .passes: return result(.pass)
    case .headerPasses: return result(.headerOnly)
    case .key(.unanswered): return result(.unanswered)
    default: return result(.fail)
    }
  }

  /// Verifies a seal: over all sets up to its own, in their order (RFC 8617 §5.1.1).
  private func verify(
    _ seal: SignatureField, of number: Int, _ answers: (DNSQuestion) -> DNSAnswer?
  ) -> SignatureResult.Outcome {
    guard seal.algorithm != .rsaSHA1 else { return .insecure }
    let key: SigningKey
    do { key = try Self.key(seal, answers) } catch { return .key(error) }
    guard key.rsaBits.map({ $0 >= SigningKey.leastBits }) ?? true else { return .insecure }
    var digest = Digest(seal.algorithm)
    for (index, hop) in chain.hops.prefix(number).enumerated() {
      guard case .success(let message) = hop.message, case .success(let other) = hop.seal else { return .unsuitedKey }
      digest.update(Canonicalisation.relaxed.field(hop.results.lines))
      digest.update(Canonicalisation.relaxed.field(message.field.lines))
      let isLast = index == number - 1
      let lines = Canonicalisation.relaxed.field(isLast ? seal.linesWithoutSignature : other.field.lines)
      digest.update(isLast ? lines.dropLast(2) : lines[...])
    }
    switch key.verifies(seal.signature, of: digest.value(), seal.algorithm) {
    case true?: return .passes
    case false?: return .changed(SignatureChange(isHeaderIntact: false, isBodyIntact: nil))
    case nil: return .unsuitedKey
    }
  }

  /// The value of ARC-Authentication-Results without `i=1;`.
  private static func withoutNumber(_ value: [UInt8]) -> [UInt8] {
    value.firstIndex(of: UInt8(ascii: ";")).map { Array(value[($0 + 1)...]) } ?? value
  }
}
