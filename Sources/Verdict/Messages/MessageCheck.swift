package import DMARC

/// What the header of a message says about SPF, DKIM and DMARC, by the results of the host that received it (RFC 8601, RFC 9989 §5).
///
/// It reads results and verifies nothing: signatures need the whole message, and keys.
package struct MessageCheck: Sendable {
  /// How the identifiers of a message can be aligned with its From domain: five cases. The raw values are printed.
  package enum Case: String, Sendable, Hashable, CaseIterable {
    /// Envelope domain and author signature.
    case both
    /// The envelope domain only.
    case spfOnly = "spf-only"
    /// The author signature only.
    case dkimOnly = "dkim-only"
    /// What passes belongs to other domains.
    case others
    /// Nothing passes.
    case nothing

    /// Whether DMARC passes.
    package var passes: Bool { self == .both || self == .spfOnly || self == .dkimOnly }
  }

  /// How a domain matches the From domain. The raw values are printed.
  package enum Alignment: String, Sendable, Hashable {
    case strict, relaxed, none
  }

  /// An identifier with its result.
  package struct Identifier: Sendable, Hashable {
    /// `pass`, `fail`, ... as reported.
    package let result: String
    /// The envelope domain or the signing domain; nil if it was not reported.
    package let domain: DomainName?
    /// The selector of a signature.
    package let selector: String?
    /// How the domain matches the From domain.
    package let alignment: Alignment

    var passes: Bool { result == "pass" }
  }

  /// The addresses of the authors.
  package let authors: AuthorAddresses
  /// The host whose results count; nil if there are none, or if it does not name itself.
  package let host: DomainName?
  /// Whether there are results.
  package let hasResults: Bool
  /// Whether results of other hosts only were found.
  package let isUntrusted: Bool
  /// The result of SPF; nil if it was not reported.
  package let spf: Identifier?
  /// The results of DKIM.
  package let dkim: [Identifier]
  /// What the host said about DMARC: `pass`, `fail`, ...; nil if nothing.
  package let reportedDMARC: String?
  /// The signing domains of DKIM-Signature fields, which are claims.
  package let claimedSigners: [DomainName]
  /// The mailing list that passed the message on.
  package let list: String?

  private let organisations: Organisations

  private static let mostSigners = 20

  /// Reads a header.
  /// - Parameter trusted: the hosts whose results count; if there are none, the host of the topmost field.
  package init(_ header: MessageHeader, trusted: [DomainName], organisations: Organisations) {
    let from = header.all("from")
    let authors = AuthorAddresses(from.flatMap { $0.value + [UInt8(ascii: ",")] })
    self.authors = authors
    self.organisations = organisations
    let found = Self.results(header, trusted)
    hasResults = found != nil
    isUntrusted = found == nil && !header.all("authentication-results").isEmpty
    host = found?.host
    let results = found?.results ?? []
    func alignment(_ domain: DomainName?) -> Alignment { Self.alignment(of: domain, authors, organisations) }
    let returnPath = header.all("return-path").first.flatMap { DomainName($0.text) }
    spf = results.first { $0.method == "spf" }.map { result in
      let named = result.properties["smtp.mailfrom"].flatMap(DomainName.init)
      let domain = named ?? returnPath ?? result.properties["smtp.helo"].flatMap(DomainName.init)
      return Identifier(result: result.result, domain: domain, selector: nil, alignment: alignment(domain))
    }
    dkim = results.filter { $0.method == "dkim" }.map { result in
      // Some hosts write header.d=none.
      let domain = (result.properties["header.d"] ?? result.properties["header.i"]).flatMap(DomainName.init)
        .flatMap { $0.labels.count > 1 ? $0 : nil }
      return Identifier(
        result: result.result, domain: domain, selector: result.properties["header.s"], alignment: alignment(domain))
    }
    reportedDMARC = results.first { $0.method == "dmarc" }?.result
    var signers: [DomainName] = []
    for field in header.all("dkim-signature").prefix(Self.mostSigners) {
      guard let signer = TagList(field.text)["d"].flatMap({ DomainName($0.value) }) else { continue }
      if !signers.contains(signer) { signers.append(signer) }
    }
    claimedSigners = signers
    list = header.all("list-id").first?.text
  }

  /// How a domain matches the From domain.
  package func alignment(of domain: DomainName?) -> Alignment { Self.alignment(of: domain, authors, organisations) }

  private static func alignment(
    of domain: DomainName?, _ authors: AuthorAddresses, _ organisations: Organisations
  ) -> Alignment {
    guard let domain, authors.domains.count == 1, let from = authors.domains.first else { return .none }
    return domain == from ? .strict : organisations.areRelated(domain, from) ? .relaxed : .none
  }

  /// The name that stands for a host which does not name itself, as Microsoft 365 does not.
  private static let unnamed = "unnamed.invalid"

  /// Whether a host belongs to the receiver that writes one field per method, each from a host of its own:
  /// dmarc.icloud.com, spf.icloud.com, ...
  private static func isOfDividing(_ host: DomainName) -> Bool {
    DomainName("icloud.com").map(host.isEqualOrUnder) ?? false
  }

  /// The results of the nearest host: its topmost field, and its others down to the next host's.
  private static func results(
    _ header: MessageHeader, _ trusted: [DomainName]
  ) -> (host: DomainName?, results: [AuthenticationResults.Result])? {
    var found: AuthenticationResults?
    var results: [AuthenticationResults.Result] = []
    var hops = 0
    for field in header.fields {
      if field.name == "received", found != nil { hops += 1 }
      guard field.name == "authentication-results", hops < 2 else { continue }
      guard
        let parsed = AuthenticationResults(field.value)
          ?? AuthenticationResults(Array("\(unnamed); ".utf8) + field.value)
      else { continue }
      if let host = found?.host {
        let isPart = trusted.isEmpty && hops == 0 && [host, parsed.host].allSatisfy(isOfDividing)
        if parsed.host == host || isPart { results += parsed.results }
      } else if trusted.isEmpty || trusted.contains(parsed.host) {
        found = parsed
        results = parsed.results
      }
    }
    return found.map { ($0.host.name == unnamed ? nil : $0.host, results) }
  }

  /// Which of the five cases this is; nil if the header cannot tell.
  package var messageCase: Case? {
    guard hasResults, authors.domains.count == 1 else { return nil }
    let isSPF = spf.map { $0.passes && $0.alignment != .none } ?? false
    let isDKIM = dkim.contains { $0.passes && $0.alignment != .none }
    if isSPF { return isDKIM ? .both : .spfOnly }
    if isDKIM { return .dkimOnly }
    return spf?.passes == true || dkim.contains(where: \.passes) ? .others : .nothing
  }

  /// Whether DMARC passes with strict alignment of both; nil if the header cannot tell.
  package var passesStrict: Bool? {
    messageCase.map { _ in (dkim + [spf].compactMap { $0 }).contains { $0.passes && $0.alignment == .strict } }
  }
}

extension MessageCheck {
  /// The client that SPF is about, as the fields of the receiver name it; nil if they do not.
  package func spfClient(_ header: MessageHeader) -> SPFEvaluation.Client? {
    guard hasResults || !isUntrusted, let client = ReceivedClient(header, host: host, organisations: organisations)
    else { return nil }
    let path = header.all("return-path").first?.text.filter { !"<> \t".contains($0) } ?? ""
    let domain = spf?.domain ?? path.lastIndex(of: "@").flatMap { DomainName(String(path[path.index(after: $0)...])) }
    guard let domain = domain ?? DomainName(client.helo) else { return nil }
    let localPart = path.lastIndex(of: "@").map { String(path[..<$0]) } ?? ""
    return SPFEvaluation.Client(
      address: client.address, localPart: localPart.isEmpty ? "postmaster" : BoundedText.plain(localPart, limit: 64),
      domain: domain, helo: client.helo)
  }

  /// What passes, what does not and why, as codes of sentences with their values.
  package var reasons: [(code: String, values: [String: String])] {
    guard let from = authors.domains.first else { return [("from-none", [:])] }
    guard authors.domains.count == 1 else {
      return [("from-several", ["domains": authors.domains.map(\.name).joined(separator: ", ")])]
    }
    guard hasResults else {
      let claims =
        claimedSigners.isEmpty ? [] : [("claims", ["domains": claimedSigners.map(\.name).joined(separator: ", ")])]
      return [(isUntrusted ? "untrusted" : "no-results", [:])] + claims
    }
    var reasons = [spfReason(from)] + dkimReasons(from)
    if let messageCase {
      reasons.append(("case-\(messageCase.rawValue)", ["from": from.name]))
      if messageCase.passes, passesStrict == false { reasons.append(("strict", ["from": from.name])) }
      if let reportedDMARC, ["pass", "fail"].contains(reportedDMARC), (reportedDMARC == "pass") != messageCase.passes {
        reasons.append(("differs", ["result": reportedDMARC]))
      }
    }
    if let list { reasons.append(("list", ["list": BoundedText.plain(list, limit: 120)])) }
    reasons.append((host == nil ? "unnamed-host" : "host", ["host": host?.name ?? ""]))
    return reasons
  }

  private func spfReason(_ from: DomainName) -> (code: String, values: [String: String]) {
    guard let spf else { return ("spf-none", [:]) }
    let values = ["result": spf.result, "domain": spf.domain?.name ?? "-", "from": from.name]
    guard spf.passes else { return ("spf-fails", values) }
    return (spf.alignment == .none ? "spf-other" : "spf-aligned", values)
  }

  private func dkimReasons(_ from: DomainName) -> [(code: String, values: [String: String])] {
    var reasons = dkim.prefix(10).map { signature -> (code: String, values: [String: String]) in
      let values = [
        "result": signature.result, "domain": signature.domain?.name ?? "-", "selector": signature.selector ?? "-",
        "from": from.name,
      ]
      if !signature.passes { return (signature.result == "none" ? "dkim-none" : "dkim-fails", values) }
      return (signature.alignment == .none ? "dkim-other" : "dkim-aligned", values)
    }
    if dkim.isEmpty {
      reasons.append(
        claimedSigners.isEmpty
          ? ("dkim-none", [:]) : ("dkim-unreported", ["domains": claimedSigners.map(\.name).joined(separator: ", ")]))
    }
    return reasons
  }
}
