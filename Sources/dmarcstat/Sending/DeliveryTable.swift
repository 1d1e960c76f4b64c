import DMARC
import Delivery
import Render
import Settings
import Store

extension ResultTable {
  /// The entries of the outbox.
  init(_ entries: [QueuedDelivery]) {
    self.init(
      [
        Column("id"), Column("state"), Column("kind"), Column("recipient"), Column("channel"), Column("title"),
        Column("since"), Column("attempts"), Column("next_attempt"), Column("finished", isDetail: true),
        Column("cause"),
      ],
      entries.map { entry in
        [
          .integer(entry.id), .text(entry.state.rawValue), .text(entry.kind), .text(entry.recipient),
          .text(entry.channel), .text(entry.title), .text(timestamp(entry.createdAt)), .integer(entry.attempts),
          Cell(entry.nextAttemptAt.map(timestamp)), Cell(entry.finishedAt.map(timestamp)), Cell(entry.cause),
        ]
      }, ifEmpty: "Nothing waits.")
  }

  /// The results of attempts.
  init(_ results: [OutboxSender.Result]) {
    self.init(
      [
        Column("id"), Column("recipient"), Column("channel"), Column("title"), Column("result"),
        Column("next_attempt"), Column("cause"),
      ],
      results.map { result in
        let (word, next): (String, Int64?) =
          switch result.end {
          case .sent: ("sent", nil)
          case .waits(let time): ("waiting", time)
          case .failed: ("failed", nil)
          }
        return [
          .integer(result.entry.id), .text(result.entry.recipient), .text(result.entry.channel),
          .text(result.entry.title), .text(word), Cell(next.map(timestamp)), Cell(result.cause),
        ]
      }, ifEmpty: "Nothing waits.")
  }

  /// Whether the channels of recipients work.
  init(_ tests: [ChannelTest]) {
    self.init(
      [Column("recipient"), Column("channel"), Column("result"), Column("cause")],
      tests.map { test in
        [
          .text(test.recipient.name), .text(test.recipient.channel.word),
          .text(test.failure == nil ? "sent" : "failed"),
          Cell(test.failure?.cause),
        ]
      }, ifEmpty: "No recipient is configured.")
  }
}
