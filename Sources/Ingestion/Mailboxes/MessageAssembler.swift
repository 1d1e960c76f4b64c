import DMARC
import IMAP
import Intake

/// Puts messages together from what comes, and hands each on as soon as it is whole.
final class MessageAssembler {
  private let source: SourceMailbox
  private let context: FetchContext
  /// Messages that were asked for and have not come.
  private var pending: [UInt32: IMAPSession.MessageFacts]
  private var spool: Spool?
  private var failure: InputError?
  private var check = ContentConsistency()
  /// Messages that were handed on although what came may not be all of them.
  private(set) var doubtful: [UInt32: IMAPSession.MessageFacts] = [:]
  /// Why the content that came for a message was not taken for it.
  private(set) var faults: [UInt32: String] = [:]

  /// Bytes of a message that are held in memory; what is longer goes to a file.
  private static let maxMemory = 256 << 10

  /// The one message that was asked for alone.
  private var single: UInt32?
  /// Whether the server has sent messages without saying which they are.
  private var hasUnidentified = false
  /// What came of messages, to tell a repetition from another content.
  private var fingerprints: [UInt32: Int] = [:]
  /// Messages of which two different contents came: nobody knows which of them belongs to it.
  private(set) var ambiguous: Set<UInt32> = []
  private var taken: [UInt32: IMAPSession.MessageFacts] = [:]

  private let expunged: () -> Int
  private let expungedBefore: Int

  /// - Parameter expunged: how many messages have left the mailbox, so that sequence numbers have changed.
  init(
    _ messages: [IMAPSession.MessageFacts], _ source: SourceMailbox, _ context: FetchContext,
    expunged: @escaping () -> Int
  ) {
    self.expunged = expunged
    expungedBefore = expunged()
    pending = Dictionary(messages.map { ($0.uid, $0) }, uniquingKeysWith: { first, _ in first })
    self.source = source
    self.context = context
  }

  var missing: Set<UInt32> { Set(pending.keys) }

  static func tooLarge(_ rules: FetchRules) -> InputError {
    .limit(.mailBytes, rules.maxBytes, "the message has more than \(rules.maxBytes) bytes")
  }

  private static let otherMessage = "the server sent another mail in its place"

  /// From now on, one message is asked for at a time.
  func askAlone(_ uid: UInt32) {
    single = uid
    hasUnidentified = false
  }

  /// Why a message has not come, as far as that is known.
  func reason(_ uid: UInt32) -> String? {
    faults[uid] ?? (hasUnidentified ? "the server sent a mail without saying which it is" : nil)
  }

  /// Asks again for messages of which two contents came.
  func takeBackAmbiguous() {
    for uid in ambiguous {
      pending[uid] = taken[uid]
      faults[uid] = "the server sent two different contents for it"
    }
    ambiguous = []
  }

  /// Takes back messages that were handed on: what came was not all of them.
  func reject(_ messages: [UInt32: String]) {
    for (uid, why) in messages {
      guard let facts = doubtful.removeValue(forKey: uid) else { continue }
      pending[uid] = facts
      faults[uid] = why
    }
  }

  /// What was handed on and not taken back is whole.
  func trustTheRest() { doubtful = [:] }

  func take(_ event: IMAPSession.FetchEvent) throws {
    switch event {
    case .begin(let bytes):
      spool = Spool(memoryLimit: Self.maxMemory)
      check = ContentConsistency()
      // The server may have said otherwise before.
      failure = bytes > context.rules.maxBytes ? Self.tooLarge(context.rules) : nil
    case .bytes(let bytes):
      guard failure == nil else { return }
      check.append(bytes)
      do { try spool?.append(bytes) } catch { failure = error }
    case .end(let fetch): try end(fetch)
    }
  }

  private func end(_ fetch: FetchResponse) throws {
    defer {
      spool = nil
      failure = nil
    }
    switch fetch.body {
    case .missing: return
    case .streamed: break
    case .inline(let bytes):
      spool = Spool(memoryLimit: Self.maxMemory)
      check = ContentConsistency()
      bytes.withUnsafeBytes { check.append($0) }
      do { try spool?.append(bytes) } catch { failure = error }
    }
    guard let uid = fetch.uid else {
      hasUnidentified = true
      return
    }
    // What was not asked for is let go.
    guard let spool, single ?? uid == uid else { return }
    guard var facts = pending[uid] else {
      noteRepetition(fetch, uid)
      return
    }
    if fetch.isMalformed {
      faults[uid] = "the server sent a malformed response for it"
      return
    }
    // A server may find out that a message is shorter when it cannot give more.
    let announced = [fetch.size, facts.hasSize ? facts.size : nil].compactMap { $0 }.max()
    if failure == nil, let fault = check.fault(announced: announced) {
      faults[uid] = fault
      return
    }
    if let origin = fetch.origin, origin > 0 || check.count < announced ?? .max {
      faults[uid] = "the server sent a part of it"
      return
    }
    let isOther = hasOtherNumber(fetch, facts) || failure == nil && check.isOther(than: facts.identity)
    if isOther { faults[uid] = Self.otherMessage }
    // Asked for alone, it is taken if it has a whole report: identifiers and headers are no more certain than that.
    if isOther, single == nil { return }
    var doubt = failure == nil ? check.doubt(announced: announced, expected: facts.identity) : nil
    if isOther { doubt = Doubt(text: Self.otherMessage, isStrong: true) }
    if doubt != nil { doubtful[uid] = facts }
    taken[uid] = facts
    fingerprints[uid] = check.fingerprint
    pending.removeValue(forKey: uid)
    let content = content(spool)
    // What it takes of memory and disk must not be left to what the server says.
    if case .success(let bytes) = content { facts.size = bytes.count }
    context.handOver(FetchedMessage(mailbox: source, facts: facts, content: content, doubt: doubt))
  }

  /// A second content for a message that was handed on: if both can be the message, neither is certain.
  private func noteRepetition(_ fetch: FetchResponse, _ uid: UInt32) {
    guard let fingerprint = fingerprints[uid], fingerprint != check.fingerprint, let facts = taken[uid], failure == nil,
      !fetch.isMalformed, fetch.origin == nil, !hasOtherNumber(fetch, facts), !check.isOther(than: facts.identity)
    else { return }
    let announced = facts.hasSize && facts.size > 0 ? facts.size : nil
    guard check.fault(announced: announced) == nil, check.doubt(announced: announced, expected: facts.identity) == nil
    else { return }
    ambiguous.insert(uid)
  }

  /// Whether the content has the sequence number of another message.
  private func hasOtherNumber(_ fetch: FetchResponse, _ facts: IMAPSession.MessageFacts) -> Bool {
    guard let number = facts.number, expunged() == expungedBefore else { return false }
    return number != fetch.number
  }

  private func content(_ spool: Spool) -> Result<ByteSource, InputError> {
    if let failure { return .failure(failure) }
    do { return .success(try spool.source()) } catch { return .failure(error) }
  }
}
