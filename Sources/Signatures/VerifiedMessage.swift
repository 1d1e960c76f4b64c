import DMARC
package import Verdict

/// A message whose signatures were verified here, beside what its receiver found.
package struct VerifiedMessage: Sendable {
  /// What the header says.
  package let check: MessageCheck
  /// The DKIM signatures, from the top.
  package let signatures: [SignatureResult]
  /// The ARC chain.
  package let chain: ARCResult
  /// SPF for the client that the receiver names; nil if it names none.
  package let spf: EvaluatedSPF?

  /// Creates the combination.
  package init(check: MessageCheck, signatures: [SignatureResult], chain: ARCResult, spf: EvaluatedSPF?) {
    (self.check, self.signatures, self.chain, self.spf) = (check, signatures, chain, spf)
  }

  /// Whether DMARC passes: by what the receiver found, else by an author signature that is valid; nil if neither can tell.
  package var passes: Bool? {
    if let messageCase = check.messageCase { return messageCase.passes }
    // The result of SPF is not known, so the message may pass without such a signature.
    return hasValidAuthorSignature ? true : nil
  }

  private var hasValidAuthorSignature: Bool {
    signatures.contains { $0.outcome == .passes && check.alignment(of: $0.domain) != .none }
  }

  /// What was verified, as codes of sentences with their values.
  package var reasons: [(code: String, values: [String: String])] {
    guard check.authors.domains.count == 1 else { return [] }
    let known = signatures.prefix(Self.mostSentences)
    let differing = known.filter { differs(from: $0) }.map { ("verified-differs", values($0)) }
    return spfSentences + known.flatMap(sentences) + differing + chainSentences
  }

  /// Signatures that are told in sentences. The table has all of them.
  private static let mostSentences = 10

  private func values(_ result: SignatureResult) -> [String: String] {
    ["domain": result.domain?.name ?? "-", "selector": BoundedText.plain(result.selector ?? "-", limit: 80)]
  }

  private func sentences(_ result: SignatureResult) -> [(code: String, values: [String: String])] {
    var values = values(result)
    var sentences: [(code: String, values: [String: String])] = []
    if case .changed(let change) = result.outcome {
      if let octets = change.footerOctets { values["octets"] = "\(octets)" }
      if let tag = change.subjectTag { values["tag"] = BoundedText.plain(tag, limit: 80) }
    }
    if case .fault(let fault) = result.outcome { values["tag"] = fault.tag ?? "" }
    if case .insecure = result.outcome { values["bits"] = "\(result.keyBits ?? 0)" }
    sentences.append(("verified-\(result.outcome.code(result))", values))
    guard result.outcome == .passes || result.outcome == .headerPasses else { return sentences }
    if result.unsignedOctets > 0 {
      sentences.append(("verified-unsigned", values.merging(["octets": "\(result.unsignedOctets)"]) { $1 }))
    }
    if let expired = result.expired {
      let day = "\(CalendarDay(epoch: expired))"
      sentences.append(("verified-expired", values.merging(["day": day]) { $1 }))
    }
    if result.isTesting { sentences.append(("verified-testing", values)) }
    return sentences
  }

  /// Whether the receiver found otherwise about the same signature.
  private func differs(from result: SignatureResult) -> Bool {
    let reported = check.dkim.filter { $0.domain == result.domain && $0.selector?.lowercased() == result.selector }
    guard reported.count == 1, let first = reported.first else { return false }
    switch result.outcome {
    case .passes: return first.result != "pass"
    case .changed, .key(.missing), .key(.revoked): return first.result == "pass"
    default: return false
    }
  }

  private var spfSentences: [(code: String, values: [String: String])] {
    guard let spf, let result = spf.evaluation.result else { return [] }
    let values = [
      "address": "\(spf.client.address)", "domain": spf.client.domain.name, "result": result.rawValue,
      "term": BoundedText.plain(spf.evaluation.term ?? "", limit: 120), "record": spf.evaluation.record ?? "",
    ]
    let code =
      switch result {
      case .none: "spf-no-record"
      case .temperror: "spf-unanswered"
      case .permerror: "spf-broken"
      default: spf.evaluation.term == nil ? "spf-default" : "spf-term"
      }
    let differs =
      check.spf.map { $0.domain == spf.client.domain && ($0.result == "pass") != (result == .pass) } ?? false
    return [("evaluated-\(code)", values)]
      + (differs && result != .temperror ? [("evaluated-spf-differs", values)] : [])
  }

  private var chainSentences: [(code: String, values: [String: String])] {
    guard chain.status != .none else { return [] }
    let hosts = chain.sealers.map(\.name).joined(separator: ", ")
    guard !hosts.isEmpty else { return [("chain-broken", [:])] }
    var sentences = [("chain-\(chain.status.rawValue)", ["hosts": hosts])]
    if let first = chain.firstResults {
      let found = first.results.prefix(Self.mostSentences).map { "\($0.method)=\($0.result)" }.joined(separator: ", ")
      sentences.append(("chain-first", ["host": first.host.name, "results": BoundedText.plain(found, limit: 300)]))
    }
    return sentences
  }
}

extension SignatureResult.Outcome {
  /// The end of the code of its sentence.
  func code(_ result: SignatureResult) -> String {
    switch self {
    case .passes: "pass"
    case .headerPasses: "header-only"
    case .insecure: result.algorithm == SignatureField.Algorithm.rsaSHA1.rawValue ? "sha1" : "short-key"
    case .fault(let fault): "fault-\(fault.code)"
    case .unsuitedKey: "unsuited-key"
    case .key(let fault): "key-\(fault.rawValue)"
    case .changed(let change): change.code
    }
  }
}

extension SignatureChange {
  fileprivate var code: String {
    if isHeaderIntact { return footerOctets == nil ? "body-changed" : "footer" }
    guard isBodyIntact == false else { return subjectTag == nil ? "header-changed" : "subject" }
    return footerOctets != nil && subjectTag != nil ? "list" : "both-changed"
  }
}

extension SignatureFault {
  /// The end of the code of its sentence.
  var code: String {
    switch self {
    case .syntax: "syntax"
    case .duplicateTag: "duplicate-tag"
    case .missingTag: "missing-tag"
    case .version: "version"
    case .algorithm: "algorithm"
    case .base64: "base64"
    case .badNumber: "number"
    case .canonicalisation: "canonicalisation"
    case .query: "query"
    case .fromNotSigned: "from-not-signed"
    case .identity: "identity"
    case .length: "length"
    }
  }

  /// The tag that it is about, if that is not always the same one.
  var tag: String? {
    switch self {
    case .missingTag(let tag), .base64(let tag), .badNumber(let tag): tag
    default: nil
    }
  }
}

extension SignatureResult {
  /// Why it is not valid, as a word for programs; nil if it is.
  package var cause: String? {
    switch outcome {
    case .passes, .headerPasses: nil
    default: outcome.code(self)
    }
  }
}

/// SPF as it was evaluated for the client of a message.
package struct EvaluatedSPF: Sendable, Hashable {
  package let client: SPFEvaluation.Client
  package let evaluation: SPFEvaluation

  /// Creates a pair.
  package init(client: SPFEvaluation.Client, evaluation: SPFEvaluation) {
    (self.client, self.evaluation) = (client, evaluation)
  }
}
