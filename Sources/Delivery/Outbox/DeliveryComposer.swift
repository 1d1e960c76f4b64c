import DMARC
package import Foundation
package import Settings
package import Store
package import Verdict

/// Makes deliveries of alerts and digests. Nothing secret is in them.
package struct DeliveryComposer {
  let settings: NotifySettings
  /// Epoch seconds.
  let now: Int64
  let unique: () -> UUID

  /// - Parameter unique: makes identities of messages; only tests choose them.
  package init(_ settings: NotifySettings, now: Int64, unique: @escaping () -> UUID = { UUID() }) {
    (self.settings, self.now, self.unique) = (settings, now, unique)
  }

  /// The languages that alerts are wanted in.
  /// - Parameter usual: that of recipients who chose none.
  package func languages(usual: Language) -> Set<Language> {
    Set(settings.recipients.lazy.filter(\.getsAlerts).map { $0.language ?? usual })
  }

  /// Whether somebody is told of an alert.
  package func hasRecipient(for alert: Alert) -> Bool {
    settings.recipients.contains { $0.getsAlerts && $0.version(of: alert, Phrasebook(.english)) != nil }
  }

  /// The deliveries of alerts to all recipients who want them in this language. Recipients of other languages get none: compose the
  /// alerts in each of ``languages(usual:)``.
  package func deliveries(of alerts: [Alert], in language: Language, usual: Language) -> [NewDelivery] {
    let phrasebook = Phrasebook(language)
    return settings.recipients.filter { $0.getsAlerts && ($0.language ?? usual) == language }.flatMap { recipient in
      alerts.compactMap { recipient.version(of: $0, phrasebook) }.map { alert in
        NewDelivery(
          key: "alert:\(alert.identifier):\(recipient.name)", recipient: recipient.name, kind: .alert,
          title: alert.title,
          content: content(AlertText(alert, phrasebook), recipient.channel))
      }
    }
  }

  /// An alert that shows whether a channel works.
  package func test(_ recipient: Recipient, _ language: Language) -> NewDelivery {
    let phrasebook = Phrasebook(recipient.language ?? language)
    let alert = Alert(
      identifier: "test:\(now)", kind: "test", severity: .low, phase: .test, domains: [],
      title: phrasebook.text("delivery.test.title"),
      sentences: [phrasebook.text("delivery.test.sentence", ["name": recipient.name])],
      nextStep: nil)
    return NewDelivery(
      key: "test:\(now):\(recipient.name)", recipient: recipient.name, kind: .test, title: alert.title,
      content: content(AlertText(alert, phrasebook), recipient.channel))
  }

  /// The digest for an address.
  /// - Parameter key: names the period, and what it is about.
  package func digest(
    to address: MailAddress, recipient: String, from: MailAddress, key: String, subject: String, text: String,
    html: String,
    language: Language
  ) -> NewDelivery {
    let message = MailMessage(
      from: from, to: address, list: .digest, subject: subject, text: text, html: html, language: language.tag)
    return NewDelivery(
      key: "digest:\(key):\(address.address)", recipient: recipient, kind: .digest, title: subject,
      content: DeliveryContent(
        channel: "mail", address: address.address, body: message.bytes(unique(), date: now)))
  }

  /// An alert as a channel takes it.
  func content(_ text: AlertText, _ channel: Recipient.Channel) -> DeliveryContent {
    let word = channel.word
    switch channel {
    case .mail(let address):
      guard let from = settings.mail?.from else { return DeliveryContent(channel: word, body: []) }
      let message = MailMessage(
        from: from, to: address, list: .alerts, subject: text.subject, text: text.body,
        language: text.phrasebook.language.tag)
      return DeliveryContent(channel: word, address: address.address, body: message.bytes(unique(), date: now))
    case .web(.webhook, _), .command:
      return DeliveryContent(channel: word, body: AlertJSON(text: text, time: now).bytes)
    case .web(.slack, _): return DeliveryContent(channel: word, body: text.slack)
    case .web(.teams, _): return DeliveryContent(channel: word, body: text.teams)
    case .web(.mattermost, _): return DeliveryContent(channel: word, body: text.mattermost)
    case .web(.ntfy, _): return DeliveryContent(channel: word, header: text.ntfy.header, body: text.ntfy.body)
    case .syslog(let target):
      let severity =
        switch text.alert.severity {
        case .high: 3
        case .medium: 4
        case .low: 5
        }
      return DeliveryContent(
        channel: word, body: SyslogMessage.bytes(target, severity: severity, text.line, at: now))
    case .standardError: return DeliveryContent(channel: word, body: Array(text.lines.joined(separator: "\n").utf8))
    }
  }
}

extension Recipient {
  /// An alert as this recipient may read it; nil if it is told nothing of it. What is about no domain concerns the installation, and
  /// therefore only those who are told about all domains.
  func version(of alert: Alert, _ phrasebook: Phrasebook) -> Alert? {
    guard (Severity(rawValue: alert.severity.rawValue) ?? .high) >= leastSeverity else { return nil }
    let own = covered(alert.domains)
    guard !domains.isEmpty, own.count < alert.domains.count || own.isEmpty else { return alert }
    guard let first = own.first else { return nil }
    // The domains of other customers may be anywhere in its texts.
    var version = alert
    version.domains = own
    version.messages = nil
    let values = ["domain": first, "count": "\(own.count - 1)", "rule": alert.kind]
    let code = alert.phase == .ended ? "ended" : "begun"
    version.title = phrasebook.text("delivery.partial.\(code)\(own.count > 1 ? ".more" : "")", values)
    version.sentences = [phrasebook.text("delivery.partial.sentence")]
    version.nextStep = ShellWord(first).map { "dmarcstat changes --domain \($0.quoted)" }
    return version
  }
}

extension Language {
  /// The raw value as a text of this program.
  fileprivate var tag: StaticString {
    switch self {
    case .english: "en"
    case .japanese: "ja"
    }
  }
}
