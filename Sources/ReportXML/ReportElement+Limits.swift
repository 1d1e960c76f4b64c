/// How long the texts of a report may be: what one element may bring into the store, into memory and into every answer.
///
/// Names have the length of a DNS name (RFC 1035 §2.3.4), which suffices for selectors and the small vocabularies as well.
extension ReportElement {
  /// Bytes that are kept of the element's text. Numbers, addresses and closed vocabularies are read whole and stored as values.
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

  /// Of an over-long domain the end is kept, because it says whose it is.
  var isDomain: Bool {
    switch self {
    case .policyDomain, .email, .envelopeTo, .envelopeFrom, .headerFrom, .dkimDomain, .spfDomain: true
    default: false
    }
  }

  /// No text of up to so many bytes is ever cut.
  static let leastByteLimit = 255

  /// The list that an entry with this element belongs to.
  var group: ReportElement? {
    switch self {
    case .dkim, .dkimDomain, .dkimSelector, .dkimResult, .dkimHumanResult: .dkim
    case .spf, .spfDomain, .spfScope, .spfResult, .spfHumanResult: .spf
    case .reason, .reasonType, .reasonComment: .reason
    default: nil
    }
  }

  /// Entries of a list in one record, and errors of one report. RFC 9990 §3.1.1.12 lets a record have 100 DKIM results.
  static let entryLimit = 100
}
