/// The maximum lengths of the texts of a report, as kept in the store, in memory and in every answer.
///
/// Names may have the length of a DNS name (RFC 1035 §2.3.4), which suffices for selectors and the small vocabularies too.
extension ReportElement {
  /// The number of bytes of the element's text that are kept. Numbers, addresses and closed vocabularies are stored as values.
  var byteLimit: Int {
    switch self {
    case .sourceIP, .count, .disposition, .evaluatedDKIM, .evaluatedSPF, .reasonType, .dkimResult, .spfResult, .begin,
      .end, .pct, .p, .sp, .np, .adkim, .aspf:
      .max
    case .reportID, .error, .generator, .reasonComment, .dkimHumanResult, .spfHumanResult: 1_024
    case .extraContactInfo, .foreign: 2_048
    case .email: 320
    default: 255
    }
  }

  /// Whether the element is a domain, of which the end is kept if it is too long: the end identifies its owner.
  var isDomain: Bool {
    switch self {
    case .policyDomain, .email, .envelopeTo, .envelopeFrom, .headerFrom, .dkimDomain, .spfDomain: true
    default: false
    }
  }

  /// The smallest ``byteLimit``: no text up to this length is truncated.
  static let leastByteLimit = 255

  /// The list whose entries contain this element; nil if there is none.
  var group: ReportElement? {
    switch self {
    case .dkim, .dkimDomain, .dkimSelector, .dkimResult, .dkimHumanResult: .dkim
    case .spf, .spfDomain, .spfScope, .spfResult, .spfHumanResult: .spf
    case .reason, .reasonType, .reasonComment: .reason
    default: nil
    }
  }

  /// The maximum number of entries of a list in one record, and of errors in one report. RFC 9990 §3.1.1.12 allows 100 DKIM results.
  static let entryLimit = 100
}
