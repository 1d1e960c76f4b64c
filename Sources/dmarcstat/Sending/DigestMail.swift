import DMARC
import Delivery
import Foundation
import Pages
import Render
import Settings
import Store
import Verdict

/// Sends a review by mail, once a period and recipient.
struct DigestMail {
  let configuration: Configuration
  let database: ReportDatabase
  /// The days that the review covers, up to today.
  let days: ClosedRange<CalendarDay>
  /// Whether it is sent although it was sent before.
  let isRepeated: Bool
  let now: Int64

  /// Somebody who gets it.
  struct Reader: Hashable {
    /// In the configuration, or an address of the command line.
    var name: String
    var address: MailAddress
    /// Domains as on a command line; none for all.
    var domains: [String]
    var language: Language
    /// What a second one of the period is recognised by.
    var scope: String
  }

  /// The result for a reader, in words.
  struct Report {
    var reader: Reader
    var text: String
    var isSent: Bool
  }

  /// The readers that the configuration names.
  static func readers(_ configuration: Configuration, usual: Language) -> [Reader] {
    configuration.notify.recipients.filter(\.getsDigest).compactMap { recipient in
      guard case .mail(let address) = recipient.channel else { return nil }
      return Reader(
        name: recipient.name, address: address, domains: recipient.domains.map(\.description),
        language: recipient.language ?? usual, scope: recipient.name)
    }
  }

  /// Mail programs show part of a longer message, and servers refuse it.
  private static let mostBytes = 8 << 20

  /// Queues the digest for a reader, and delivers it.
  /// - Parameter page: makes the page of a reader.
  func send(to reader: Reader, _ page: (Reader) throws -> Pages.Page) throws -> Report {
    guard let from = configuration.notify.mail?.from else {
      throw CommandError.usage(
        "the configuration does not say how mail is sent: add notify: {mail: {from: dmarcstat@example.com}}, as docs/notify.md shows"
      )
    }
    var key = "\(days.lowerBound)/\(days.upperBound):\(reader.scope)"
    if isRepeated { key += ":\(now)" }
    let known = "digest:\(key):\(reader.address.address)"
    switch try database.deliveryState(known) {
    case nil: break
    case .sent: return Report(reader: reader, text: "already sent (--again sends it again)", isSent: true)
    case .waiting: return Report(reader: reader, text: "waiting already: see `dmarcstat outbox`", isSent: true)
    case .failed, .dropped:
      return Report(
        reader: reader, text: "not sent before: see `dmarcstat outbox list --all` (--again sends it again)",
        isSent: false)
    }
    let page = try page(reader)
    let delivery = DeliveryComposer(configuration.notify, now: now).digest(
      to: reader.address, recipient: reader.name, from: from, key: key, subject: "\(page.title): \(page.subtitle)",
      text: TextPage(width: 76).text(page).text, html: MailPage().text(page), language: reader.language)
    guard delivery.content.body.count <= Self.mostBytes else {
      throw CommandError.usage(
        "the digest for \(reader.name) has more than \(Self.mostBytes >> 20) MiB: send fewer domains in full with --sections"
      )
    }
    _ = try database.enqueue([delivery], now: now)
    let waiting = try database.waitingDeliveries(due: nil)
    guard let entry = waiting.first(where: { $0.key == known }) else {
      return Report(reader: reader, text: "not queued, because too much waits: see `dmarcstat outbox`", isSent: false)
    }
    let results = try OutboxSender(database, configuration).send([entry.id], within: 600)
    return Self.report(reader, results.first)
  }

  private static func report(_ reader: Reader, _ result: OutboxSender.Result?) -> Report {
    // Another process took it at the same moment.
    guard let result else { return Report(reader: reader, text: "being sent", isSent: true) }
    switch result.end {
    case .sent: return Report(reader: reader, text: "sent", isSent: true)
    case .waits(let time):
      return Report(
        reader: reader, text: "not sent yet: \(result.cause ?? ""); tried again from \(timestamp(time)) on",
        isSent: false)
    case .failed: return Report(reader: reader, text: "not sent: \(result.cause ?? "")", isSent: false)
    }
  }
}
