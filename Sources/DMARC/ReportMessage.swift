/// What the header says of the message that a report came in: who claims to have sent it, and what a trusted host found.
public struct ReportMessage: Sendable, Hashable {
  /// Address of the first author (From). Where the report is in a message that was attached to another, the author of the inner one.
  public var from: String?
  /// Author of the outer message, where the report is in a message attached to it.
  public var forwardedBy: String?
  /// Domains that sign the message by its own account: the `d=` tags of its DKIM-Signature fields (RFC 6376 §3.5). Anybody can claim them.
  public var signatureDomains: [DomainName]
  /// What the trusted host found; nil if none is trusted or it left no results. Always nil for attached messages.
  public var authentication: AuthenticationResults?
  /// When the message arrived, by the mail server or by the topmost Received field; epoch seconds.
  public var receivedAt: Int64?

  /// What a header says; nothing by default.
  public init(
    from: String? = nil, forwardedBy: String? = nil, signatureDomains: [DomainName] = [],
    authentication: AuthenticationResults? = nil, receivedAt: Int64? = nil
  ) {
    self.from = from
    self.forwardedBy = forwardedBy
    self.signatureDomains = signatureDomains
    self.authentication = authentication
    self.receivedAt = receivedAt
  }

  /// Domain of the author; nil if there is none, or it is not a valid domain name.
  public var fromDomain: DomainName? { from.flatMap(DomainName.init).flatMap { $0.isHostName ? $0 : nil } }

  /// The organisation that sent the message: the organisational domain of its author.
  public func organisation(_ organisation: (DomainName) -> DomainName?) -> DomainName? {
    fromDomain.map { organisation($0) ?? $0 }
  }

  /// The domain that a trusted host authenticated and that belongs to the author's organisation; nil if there is none.
  public func authenticatedDomain(_ organisation: (DomainName) -> DomainName?) -> DomainName? {
    guard let authentication, let author = self.organisation(organisation) else { return nil }
    return authentication.authenticatedDomains.first { (organisation($0) ?? $0) == author }
  }
}

/// Whether a report and the message that it came in name the same organisation.
public enum SenderAgreement: String, Sendable, Hashable, CaseIterable {
  case agrees
  case disagrees
  /// One of the two names no domain.
  case unknown

  /// Compares the author with the reporter's address or, if that has no valid domain, with the reporter's name if it is a domain. No
  /// other text of the report counts: whoever writes it can mention any domain. If a trusted host has authenticated domains, the
  /// author's organisation has to be among them.
  /// - Parameter organisation: the organisational domain of a name; nil if it has none.
  public init(_ mail: ReportMessage, _ metadata: ReportMetadata, _ organisation: (DomainName) -> DomainName?) {
    let results = mail.authentication?.authenticatedDomains ?? []
    if !results.isEmpty, mail.authenticatedDomain(organisation) == nil {
      self = .disagrees
      return
    }
    guard let sender = mail.organisation(organisation), let reporter = Self.reporter(metadata) else {
      self = .unknown
      return
    }
    let owner = organisation(reporter) ?? reporter
    let areOne = owner == sender || Self.families.contains { $0.contains(owner.name) && $0.contains(sender.name) }
    self = areOne ? .agrees : .disagrees
  }

  /// Large reporters that give an address of one domain of theirs and send from another.
  private static let families: [Set<String>] = [["yahoo.com", "yahooinc.com", "yahoo-inc.com"]]

  private static func reporter(_ metadata: ReportMetadata) -> DomainName? {
    if let email = metadata.email.flatMap(DomainName.init), email.isHostName { return email }
    guard let name = metadata.orgName.flatMap(DomainName.init), name.isHostName, name.labels.count > 1 else {
      return nil
    }
    return name
  }
}

extension DomainName {
  /// Whether the name can be that of a host or of a mail domain: letters, digits, hyphens and underscores, labels of up to 63
  /// octets, 253 in all (RFC 1035 §2.3.4); names beyond ASCII are taken as they are.
  var isHostName: Bool {
    name.utf8.count <= 253
      && name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
        (1...63).contains(label.count)
          && label.allSatisfy { byte in
            byte >= 0x80 || (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x2d || byte == 0x5f
          }
      }
  }
}
