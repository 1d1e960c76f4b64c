import IMAP

/// What threads have done, in order.
final class TestLog<Entry: Sendable>: Sendable {
  private let state = Monitor<[Entry]>([])

  func append(_ entry: Entry) { state.update { $0.append(entry) } }

  var entries: [Entry] { state.read { $0 } }

  /// Waits until there are at least this many entries.
  func wait(for count: Int) -> [Entry] { state.wait { $0.count >= count ? $0 : nil } ?? [] }
}
