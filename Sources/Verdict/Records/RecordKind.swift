/// A kind of record that is watched. The raw values are stored and printed, and never change.
package enum RecordKind: String, Sendable, Hashable, CaseIterable {
  /// The SPF record of a domain.
  case spf
  /// The DMARC record of a policy domain.
  case dmarc
  /// A DKIM key.
  case dkim
  case mx
  case mtaSTS = "mta-sts"
  case tlsReports = "tls-rpt"
  /// The agreement of another domain to receive reports (RFC 7489 §7.1).
  case reportAuthorisation = "report-authorisation"
}

extension RecordKind {
  /// The kind of a change of such a record.
  var change: Change.Kind {
    switch self {
    case .spf: .spfRecord
    case .dmarc: .dmarcRecord
    case .dkim: .keyRecord
    case .mx: .mxRecord
    case .mtaSTS: .mtaSTSRecord
    case .tlsReports: .tlsReportRecord
    case .reportAuthorisation: .reportAuthorisation
    }
  }

  /// The kind of a cause; nil if a change of such a record has no effect on mail.
  var cause: ChangeCause.Kind? {
    switch self {
    case .spf: .spfRecord
    case .dmarc: .dmarcRecord
    case .dkim: .keyRecord
    case .mx, .mtaSTS, .tlsReports, .reportAuthorisation: nil
    }
  }
}
