/// Where the DMARC result of an outcome comes from. The raw values are stored and printed.
public enum Evaluation: String, Sendable, Hashable, CaseIterable {
  /// The receiver evaluated it.
  case reported
  /// The receiver did not report its evaluation; the result follows from the checks that it lists.
  case computed
  /// The receiver did not report its evaluation, and it does not follow from what it lists: neither a pass nor a failure.
  case none
}

extension AuthenticationOutcome {
  /// The outcome with its DMARC result, if the receiver reported no evaluation, or only part of one.
  ///
  /// What the receiver evaluated is kept. The rest follows from its list of results (RFC 7489 §4.2). A mechanism that is not listed is
  /// unknown, except that a receiver that lists SPF, but no signature, says that there was none.
  /// - Parameters:
  ///   - policy: the published policy.
  ///   - organisation: the organisational domain of a name; nil if it has none.
  public func evaluated(under policy: PolicyPublished, _ organisation: @escaping (DomainName) -> DomainName?)
    -> AuthenticationOutcome
  {
    guard evaluatedDKIM == nil || evaluatedSPF == nil else { return self }
    // Either mechanism suffices for a pass.
    if passesDMARC { return self }
    var result = self
    let from = (headerFrom ?? policy.domain).flatMap(DomainName.init)
    let alignment = ListedAlignment(from: from, policy: policy, organisation: organisation)
    result.evaluatedDKIM = evaluatedDKIM ?? alignment.dkim(self)
    result.evaluatedSPF = evaluatedSPF ?? alignment.spf(self)
    if result.passesDMARC || (result.evaluatedDKIM != nil && result.evaluatedSPF != nil) {
      result.evaluation = .computed
      return result
    }
    result = self
    result.evaluation = .none
    return result
  }
}

/// Which of the listed passes are aligned with the From domain (RFC 7489 §3.1).
private struct ListedAlignment {
  let from: DomainName?
  let policy: PolicyPublished
  let organisation: (DomainName) -> DomainName?

  func dkim(_ outcome: AuthenticationOutcome) -> AlignedResult? {
    let listed = outcome.dkim.filter { $0.result != nil }
    guard !listed.isEmpty || outcome.spf.contains(where: { $0.result != nil }) else { return nil }
    return result(listed.filter { $0.result == .pass }.map(\.domain), policy.adkim)
  }

  /// HELO counts only for an explicit null sender (RFC 7208 §2.4).
  func spf(_ outcome: AuthenticationOutcome) -> AlignedResult? {
    let listed = outcome.spf.filter { $0.result != nil && (!$0.isHELO || outcome.envelopeFrom == "") }
    guard !listed.isEmpty else { return nil }
    return result(listed.filter { $0.result == .pass }.map(\.domain), policy.aspf)
  }

  /// Pass if any domain is aligned, fail if none is, nil if that is not known.
  private func result(_ passing: [String?], _ mode: AlignmentMode?) -> AlignedResult? {
    guard from != nil else { return passing.isEmpty ? .fail : nil }
    let alignments = passing.compactMap { $0.flatMap(DomainName.init) }.map { isAligned($0, mode) }
    if alignments.contains(true) { return .pass }
    return alignments.contains(nil) ? nil : .fail
  }

  private func isAligned(_ domain: DomainName, _ mode: AlignmentMode?) -> Bool? {
    guard let from else { return nil }
    if domain == from { return true }
    guard mode != .strict, let owner = organisation(from), owner == organisation(domain) else { return false }
    // A receiver that walks the DNS tree may know an organisation below that one (RFC 9989, psd=n).
    guard policy.discoveryMethod == "treewalk", let found = policy.domain.flatMap(DomainName.init), found != owner
    else {
      return true
    }
    return nil
  }
}
