/// The header of the message that brought a report: its claimed author, and the results of a trusted host's checks.
public struct ReportMessage: Sendable, Hashable {
  /// The address of the first author (From). If the report is in an attached message, the author of the inner message.
  public var from: String?
  /// The author of the outer message, if the report is in a message attached to it.
  public var forwardedBy: String?
  /// The claimed signing domains: the `d=` tags of the DKIM-Signature fields (RFC 6376 §3.5). They are unverified.
  public var signatureDomains: [DomainName]
  /// The results of a trusted host; nil if no host is trusted or it added none. Always nil for attached messages.
  public var authentication: AuthenticationResults?
  /// When the message arrived, according to the mail server or the topmost Received field; epoch seconds.
  public var receivedAt: Int64?

  /// Creates the header facts; everything is absent by default.
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

  /// The domain of the author; nil if absent or not a valid domain name.
  public var fromDomain: DomainName? { from.flatMap(DomainName.init).flatMap { $0.isHostName ? $0 : nil } }

  /// The organisation that sent the message: the organisational domain of its author; nil if there is none.
  public func organisation(_ organisation: (DomainName) -> DomainName?) -> DomainName? {
    fromDomain.map { organisation($0) ?? $0 }
  }

  /// The domain of the author's organisation that a trusted host authenticated; nil if there is none.
  public func authenticatedDomain(_ organisation: (DomainName) -> DomainName?) -> DomainName? {
    guard let authentication, let author = self.organisation(organisation) else { return nil }
    return authentication.authenticatedDomains.first { (organisation($0) ?? $0) == author }
  }
}

/// Whether a report and the message that brought it name the same organisation. The raw values are stored.
public enum SenderAgreement: String, Sendable, Hashable, CaseIterable {
  case agrees
  case disagrees
  /// The report or the message names no domain.
  case unknown

  /// Compares the author with the reporter's email address or, if that has no valid domain, with the reporter's name if it is a domain. No
  /// other text of the report counts, because its author can mention any domain. If a trusted host has authenticated domains, the
  /// author's organisation must be among them.
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

  /// Large reporters whose email address and sending domain differ.
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
  /// Whether the name can be that of a host or mail domain: letters, digits, hyphens and underscores, labels of up to 63 octets,
  /// 253 octets in total (RFC 1035 §2.3.4). Non-ASCII names are accepted unchecked.
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
