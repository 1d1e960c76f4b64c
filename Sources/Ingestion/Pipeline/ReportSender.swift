import DMARC
import Intake
import Lookup
import ReportXML
import Store

/// The origin of a report: its message, and the organisation regarded as its sender.
struct ReportSender {
  /// The message, if the report arrived by email.
  let mail: IncomingMessage?
  /// Domain of the organisation; without a message, as claimed by the report itself.
  let organisation: String
  let warnings: [ReportWarning]

  init(_ report: ReadReport, _ identity: ReportIdentity, _ suffixes: PublicSuffixList) {
    let metadata = report.tail.head.metadata
    guard let header = report.origin.mail else {
      mail = nil
      organisation = suffixes.organisation(claimedBy: identity.reporter, email: metadata.email)
      warnings = []
      return
    }
    let mail = IncomingMessage(header, metadata) { suffixes.organisation(of: $0) }
    self.mail = mail
    organisation = header.organisation { suffixes.organisation(of: $0) }?.name ?? ""
    warnings = mail.agreement == .disagrees ? [Self.warning(header, metadata)] : []
  }

  private static func warning(_ header: ReportMessage, _ metadata: ReportMetadata) -> ReportWarning {
    let claims = [metadata.orgName, metadata.email].compactMap { $0 }.map { "\"\($0.prefix(255))\"" }
    return ReportWarning(
      .senderDisagrees,
      "the report is by \(claims.joined(separator: ", ")), but its message is from \"\(header.from ?? "")\"")
  }
}
