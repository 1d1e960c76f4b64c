import DMARC
import Lookup
import Store

/// Compares the sender of a report with the usual sender of its reporter's reports. Anyone can send a report under any name, also one of
/// the identity that the genuine report will have.
struct SenderCheck {
  let reporter: String
  let usual: UsualSenders?
  /// The organisation of the reporter's name, if that is a domain.
  private let named: String?

  init(_ identity: ReportIdentity, _ usual: UsualSenders?, _ suffixes: PublicSuffixList) {
    reporter = identity.reporter
    let named = DomainName(identity.reporter).flatMap { name in
      name.publishable != nil && name.labels.count > 1 ? (suffixes.organisation(of: name) ?? name).name : nil
    }
    self.named = named
    // Using a name for days does not make a stranger a usual sender beside the owner of that name.
    self.usual = usual.map { usual in
      guard let named, usual.organisations.contains(named) else { return usual }
      return UsualSenders(organisations: [named], areAuthenticated: usual.areAuthenticated)
    }
  }

  /// A warning if a report arrived by email, but not from its usual sender; nil if it did, or if none is usual yet.
  func warning(_ mail: IncomingMessage?, _ organisation: String?) -> ReportWarning? {
    guard let mail, let usual else { return nil }
    let expected = usual.organisations.sorted().prefix(3).joined(separator: ", ")
    guard let organisation, usual.organisations.contains(organisation) else {
      let author = organisation.flatMap { $0.isEmpty ? nil : "from \"\($0)\"" } ?? "without an author"
      return ReportWarning(
        .senderUnusual,
        "its message is \(author), but reports by \"\(reporter)\" usually come from \(expected): it may be forged")
    }
    // Without any results of a trusted host nothing is known, as with messages from before it was one.
    guard usual.areAuthenticated, let results = mail.header.authentication, mail.authenticatedDomain == nil else {
      return nil
    }
    return ReportWarning(
      .senderUnusual,
      "its message claims to be from \"\(organisation)\", but \(results.host) did not authenticate it as usual: it may be forged"
    )
  }

  /// Who sent two conflicting reports, in words; nil if neither arrived by email.
  /// - Returns: also a warning for the stored report, if only the other one has the sender that is expected.
  func conflict(
    stored: StoredReportSender?, incoming: StoredReportSender?
  ) -> (text: String, warning: ReportWarning?)? {
    guard stored != nil || incoming != nil else { return nil }
    var text = "the stored one came \(words(stored)), this one \(words(incoming))"
    switch (isExpected(stored), isExpected(incoming)) {
    case (true, false): text += "; only the stored one is from the sender that is expected for \"\(reporter)\""
    case (false, true):
      text += "; only this one is from the sender that is expected for \"\(reporter)\": the stored one may be forged"
      guard let stored, let incoming else { break }
      return (
        text,
        ReportWarning(
          .senderUnusual,
          "it came \(words(stored)); another one with the same identity but different rows came \(words(incoming)), the sender that is expected for \"\(reporter)\": this one may be forged"
        )
      )
    default: break
    }
    return (text, nil)
  }

  /// Whether a sender is usual; while none is, whether it has the domain of the reporter's name and was authenticated.
  private func isExpected(_ sender: StoredReportSender?) -> Bool {
    guard let sender else { return false }
    guard let usual else { return sender.organisation == named && sender.authenticatedBy != nil }
    return usual.organisations.contains(sender.organisation)
      && (sender.authenticatedBy != nil || !usual.areAuthenticated)
  }

  private func words(_ sender: StoredReportSender?) -> String {
    guard let sender else { return "from a file" }
    let author =
      sender.organisation.isEmpty ? "in a message without an author" : "in a message from \"\(sender.organisation)\""
    return author + (sender.authenticatedBy.map { " (authenticated by \($0))" } ?? " (not authenticated)")
  }
}

extension StoredReportSender {
  /// The sender of a report that is not stored; nil if it was read from a file.
  init?(_ report: IncomingReport) {
    guard let mail = report.mail else { return nil }
    self.init(
      organisation: report.sendingOrganisation ?? "",
      authenticatedBy: mail.authenticatedDomain.flatMap { _ in mail.header.authentication?.host.name })
  }
}
