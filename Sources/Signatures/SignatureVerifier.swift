package import DMARC
import Verdict

/// Verifies the DKIM signatures of a message (RFC 6376 §6) and its ARC chain (RFC 8617 §5.2), with keys that are looked up elsewhere.
package struct SignatureVerifier {
  let header: MessageHeader
  var bodies: BodyHashes
  /// Epoch seconds.
  let now: Int64
  private let signatures: [(field: MessageHeader.Field, Result<SignatureField, SignatureFault>)]
  let chain: ARCSets

  /// The maximum number of signatures that are verified; each may need the whole body.
  package static let mostSignatures = 20
  /// Signatures whose failure is examined.
  private static let mostExamined = 5

  /// Reads the signatures of a message.
  /// - Parameter now: epoch seconds.
  package init(_ message: SignedMessage, now: Int64) {
    (header, self.now) = (message.header, now)
    bodies = BodyHashes(message.body)
    signatures = message.header.all("dkim-signature").prefix(Self.mostSignatures).map { field in
      (field, Result { () throws(SignatureFault) in try SignatureField(field, .dkim) })
    }
    chain = ARCSets(message.header)
  }

  /// The questions for the keys.
  package var questions: Set<DNSQuestion> {
    Set(signatures.compactMap { try? $0.1.get().keyQuestion }).union(chain.questions)
  }

  /// The results of the DKIM signatures, from the top.
  /// - Parameter answers: the answer to a question; nil counts as a failed lookup.
  package mutating func results(_ answers: (DNSQuestion) -> DNSAnswer?) -> [SignatureResult] {
    var examined = 0
    return signatures.map { field, signature in
      switch signature {
      case .failure(let fault): return Self.unread(field, fault)
      case .success(let signature):
        var result = verify(signature, answers)
        if case .changed(let change) = result.outcome, examined < Self.mostExamined {
          examined += 1
          result.outcome = .changed(examine(change, signature, answers))
        }
        return result
      }
    }
  }

  private static func unread(_ field: MessageHeader.Field, _ fault: SignatureFault) -> SignatureResult {
    let tags = TagList(field.text)
    return SignatureResult(
      domain: tags["d"].flatMap { DomainName($0.value) }, selector: tags["s"]?.value, algorithm: tags["a"]?.value,
      outcome: .fault(fault))
  }

  /// Verifies a signature over header and body.
  mutating func verify(_ field: SignatureField, _ answers: (DNSQuestion) -> DNSAnswer?) -> SignatureResult {
    var result = SignatureResult(
      domain: field.domain, selector: field.selector, algorithm: field.algorithm.rawValue, outcome: .insecure)
    if let expiry = field.expiry, expiry < now { result.expired = expiry }
    let key: SigningKey
    do { key = try Self.key(field, answers) } catch {
      result.outcome = .key(error)
      return result
    }
    (result.keyBits, result.isTesting) = (key.rsaBits, key.isTesting)
    let isForDomain = !key.isStrict || field.identityDomain.map { $0 == field.domain } ?? true
    guard isForDomain, key.hashes?.contains(field.algorithm.hash) ?? true,
      let isHeaderIntact = key.verifies(
        field.signature, of: headerDigest(field, header.fields), field.algorithm)
    else {
      result.outcome = .unsuitedKey
      return result
    }
    let body: (isIntact: Bool, unsignedOctets: Int)?
    do { body = try bodies.check(field) } catch {
      result.outcome = .fault(error)
      return result
    }
    result.unsignedOctets = body?.unsignedOctets ?? 0
    if field.algorithm == .rsaSHA1 || key.rsaBits.map({ $0 < SigningKey.leastBits }) ?? false { return result }
    result.outcome =
      isHeaderIntact && body?.isIntact ?? true
      ? body == nil ? .headerPasses : .passes
      : .changed(SignatureChange(isHeaderIntact: isHeaderIntact, isBodyIntact: body?.isIntact))
    return result
  }

  static func key(_ field: SignatureField, _ answers: (DNSQuestion) -> DNSAnswer?) throws(KeyFault) -> SigningKey {
    guard let question = field.keyQuestion else { throw .missing }
    return try SigningKey(answers(question) ?? DNSAnswer(.failure))
  }

  /// The digest of the signed fields (RFC 6376 §3.7, §5.4.2): for each name the lowest one that has not been taken yet.
  private func headerDigest(_ field: SignatureField, _ fields: [MessageHeader.Field]) -> [UInt8] {
    var byName: [String: [[UInt8]]] = [:]
    for other in fields where other != field.field { byName[other.name, default: []].append(other.lines) }
    var digest = Digest(field.algorithm)
    for name in field.signedNames {
      if let lines = byName[name]?.popLast() { digest.update(field.headerForm.field(lines)) }
    }
    digest.update(field.headerForm.field(field.linesWithoutSignature).dropLast(2))
    return digest.value()
  }

  /// Looks for the usual changes of mailing lists: a footer, and a word in brackets before the subject.
  private mutating func examine(
    _ change: SignatureChange, _ field: SignatureField, _ answers: (DNSQuestion) -> DNSAnswer?
  ) -> SignatureChange {
    var change = change
    if change.isBodyIntact == false { change.footerOctets = bodies.footer(field) }
    if !change.isHeaderIntact, let key = try? Self.key(field, answers),
      let (fields, tag) = SubjectTag.removed(from: header.fields),
      key.verifies(field.signature, of: headerDigest(field, fields), field.algorithm) == true
    {
      change.subjectTag = tag
    }
    return change
  }
}
