import Delivery
import IMAP
import Ingestion
import Render
import Settings
import Store

extension ChannelSender {
  /// A sender that reads secrets as mail accounts do, and prints to standard error.
  init(_ configuration: Configuration) {
    self.init(
      configuration.notify,
      readSecret: { (source, key) throws(UnreadableSecret) in
        do throws(IMAPError) { return try source.text(key, Deadline()) } catch { throw UnreadableSecret(error.message) }
      },
      printLines: { Terminal.complain(lines: $0) })
  }
}

extension OutboxSender {
  init(_ database: ReportDatabase, _ configuration: Configuration) {
    self.init(database, ChannelSender(configuration))
  }

  /// Delivers what is due, after a run that may have queued something. Only what was given up is told, because the rest is tried again
  /// anyway.
  /// - Parameter seconds: after which no further delivery begins.
  static func sendDue(_ database: ReportDatabase, _ configuration: Configuration, within seconds: Int = 60) throws {
    guard try !database.waitingDeliveries(due: nil).isEmpty else { return }
    for result in try OutboxSender(database, configuration).send(within: seconds) where result.end == .failed {
      Terminal.complain(
        of: result.entry.recipient, "\(result.entry.title): \(result.cause ?? "") (dmarcstat outbox list)")
    }
  }
}
