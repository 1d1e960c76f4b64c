package import DMARC
package import Verdict

/// One step towards p=reject for a domain.
package struct SetupStep: Sendable, Hashable {
  /// What the step is about. The raw values are printed and never renamed.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Who sends mail for the domain.
    case senders
    /// The mailbox for reports.
    case reports
    case spf
    /// A null MX record.
    case mx
    /// The DKIM key of the operator's own server; for a domain that sends no mail, the revocation of its keys.
    case dkim
    /// One service.
    case service
    /// The first DMARC record.
    case dmarc
    /// Watching, until reports show that no mail would be lost.
    case watch
    case quarantineTesting = "quarantine-testing"
    case quarantine, reject
    /// The policy for subdomains.
    case subdomains
  }

  /// How far the step is. The raw values are printed and never renamed.
  package enum State: String, Sendable, Hashable, CaseIterable {
    case done
    /// To be done now.
    case open = "not-yet"
    /// Done, but with a mistake.
    case wrong
    /// Other steps come first, or reports do not show enough yet.
    case waiting
    /// Lookups cannot show it.
    case unknown = "cannot-tell"
  }

  package let kind: Kind
  /// The service or selector, for kinds that may have several steps.
  package var subject: String?
  package var state: State
  /// Sentences: what to do, and why.
  package var sentences: [SetupSentence] = []
  /// What `check domain` finds about this step.
  package var findings: [RecordFinding] = []
  /// What to publish.
  package var records: [ProposedRecord] = []
  /// Commands to paste into a shell.
  package var commands: [String] = []
  /// The first day on which to take the step.
  package var earliest: CalendarDay?
  /// The URL of public documentation.
  package var source: String?

  package init(_ kind: Kind, _ state: State, subject: String? = nil) {
    (self.kind, self.state, self.subject) = (kind, state, subject)
  }

  package mutating func say(_ code: SetupSentence.Code, _ values: [String: String] = [:]) {
    sentences.append(SetupSentence(code, values))
  }
}

/// A sentence about a step: a code with values.
package struct SetupSentence: Sendable, Hashable {
  /// What the sentence says. The raw values are printed and never renamed.
  package enum Code: String, Sendable, Hashable, CaseIterable {
    case notLookedUp = "not-looked-up"
    // senders
    case noSenders = "no-senders"
    case ownServers = "own-servers"
    case services
    case published
    case candidate
    case lost
    // reports
    case mailboxUsual = "mailbox-usual"
    case mailboxMissing = "mailbox-missing"
    case mailboxOwn = "mailbox-own"
    case mailboxForeign = "mailbox-foreign"
    // spf
    case spfPublish = "spf-publish"
    case spfAdds = "spf-adds"
    case spfDrops = "spf-drops"
    case spfCost = "spf-cost"
    case spfTooMany = "spf-too-many"
    case spfUnused = "spf-unused"
    case spfWithoutUnused = "spf-without-unused"
    case spfOnlyOne = "spf-only-one"
    case spfParked = "spf-parked"
    // mx
    case mxNull = "mx-null"
    case mxAccepts = "mx-accepts"
    // dkim
    case keyMake = "key-make"
    case keyPublish = "key-publish"
    case keySplit = "key-split"
    case keyFound = "key-found"
    case keyRevoked = "key-revoked"
    // service
    case serviceSPF = "service-spf"
    case serviceDKIM = "service-dkim"
    case serviceFixed = "service-fixed"
    case serviceSelectors = "service-selectors"
    case serviceReturnPath = "service-return-path"
    case serviceEnvelope = "service-envelope"
    case serviceUnknown = "service-unknown"
    case serviceKeyFound = "service-key-found"
    case serviceKeyUnknown = "service-key-unknown"
    case serviceDocumentation = "service-documentation"
    // dmarc
    case dmarcPublish = "dmarc-publish"
    case dmarcStays = "dmarc-stays"
    case dmarcAddsMailbox = "dmarc-adds-mailbox"
    case dmarcInherited = "dmarc-inherited"
    case dmarcParked = "dmarc-parked"
    // watch
    case watchNoStore = "watch-no-store"
    case watchFigures = "watch-figures"
    case watchYes = "watch-yes"
    case watchNo = "watch-no"
    case watchDoubt = "watch-doubt"
    case watchPassedOn = "watch-passed-on"
    case watchNot = "watch-not"
    // policy
    case policyTesting = "policy-testing"
    case policyQuarantine = "policy-quarantine"
    case policyReject = "policy-reject"
    case policyCondition = "policy-condition"
    case policyBefore = "policy-before"
    case subdomainsFollow = "subdomains-follow"
    case subdomainsWeaker = "subdomains-weaker"
    case subdomainsOwn = "subdomains-own"
  }

  package let code: Code
  package let values: [String: String]

  /// The longest untrusted value in a sentence, in bytes.
  private static let longestValue = 1_000

  init(_ code: Code, _ values: [String: String] = [:]) {
    self.code = code
    self.values = Dictionary(
      uniqueKeysWithValues: values.map { key, value in
        // Advice is a sentence already, with commands in backticks.
        (key, key == "advice" ? value : BoundedText.plain(value.replacing("`", with: "'"), limit: Self.longestValue))
      })
  }

  /// The sentence in the language of the phrasebook.
  package func text(_ phrasebook: Phrasebook) -> String {
    var values = values
    if let cause = values["cause"] { values["cause"] = phrasebook.text("setup-cause.\(cause)", values) }
    return phrasebook.text("setup.\(code.rawValue)", values)
  }
}
