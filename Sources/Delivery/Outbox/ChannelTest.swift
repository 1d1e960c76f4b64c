package import Settings
import Store
package import Verdict

/// Whether the channel of a recipient takes an alert.
package struct ChannelTest: Sendable {
  package let recipient: Recipient
  /// Nil if it took it.
  package let failure: DeliveryFailure?

  /// Sends a test alert to each recipient, at once.
  /// - Parameters:
  ///   - usual: the language of recipients who chose none.
  ///   - now: epoch seconds.
  package static func run(
    _ recipients: [Recipient], _ sender: ChannelSender, _ usual: Language, now: Int64
  ) -> [ChannelTest] {
    let composer = DeliveryComposer(sender.settings, now: now)
    return recipients.map { recipient in
      let test = composer.test(recipient, usual)
      return ChannelTest(recipient: recipient, failure: sender.send(test.content, key: test.key, to: recipient))
    }
  }
}
