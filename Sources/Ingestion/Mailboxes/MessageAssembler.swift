import DMARC
import IMAP
import Intake

/// Assembles messages from fetch events, and hands over each one once it is complete.
final class MessageAssembler {
  private let source: SourceMailbox
  private let context: FetchContext
  /// Messages that were requested but not received.
  private var pending: [UInt32: IMAPSession.MessageFacts]
  private var spool: Spool?
  private var failure: InputError?
  private var check = ContentConsistency()
  /// Messages that were handed over although their content may be incomplete.
  private(set) var doubtful: [UInt32: IMAPSession.MessageFacts] = [:]
  /// Why the content received for a message was not accepted.
  private(set) var faults: [UInt32: String] = [:]

  /// Maximum bytes of a message that are held in memory; longer ones go to a file.
  private static let maxMemory = 256 << 10

  /// The message that was requested alone.
  private var single: UInt32?
  /// Whether the server has sent content without a UID.
  private var hasUnidentified = false
  /// Hashes of received contents, to distinguish repetitions from different contents.
  private var fingerprints: [UInt32: Int] = [:]
  /// Messages for which two different contents were received, so that the right one is unknown.
  private(set) var ambiguous: Set<UInt32> = []
  private var taken: [UInt32: IMAPSession.MessageFacts] = [:]

  private let expunged: () -> Int
  private let expungedBefore: Int

  /// An assembler for requested messages.
  /// - Parameter expunged: the number of messages expunged so far, each of which changes sequence numbers.
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
    .limit(.mailBytes, rules.maxBytes, "the message is larger than \(rules.maxBytes) bytes")
  }

  private static let otherMessage = "the server sent a different message in its place"

  /// From now on, messages are requested one at a time.
  func askAlone(_ uid: UInt32) {
    single = uid
    hasUnidentified = false
  }

  /// Why a message was not received; nil if unknown.
  func reason(_ uid: UInt32) -> String? {
    faults[uid] ?? (hasUnidentified ? "the server sent a message without its UID" : nil)
  }

  /// Marks messages for which two contents were received as missing again.
  func takeBackAmbiguous() {
    for uid in ambiguous {
      pending[uid] = taken[uid]
      faults[uid] = "the server sent two different contents for it"
    }
    ambiguous = []
  }

  /// Marks messages that were handed over as missing again, because their content was incomplete.
  func reject(_ messages: [UInt32: String]) {
    for (uid, why) in messages {
      guard let facts = doubtful.removeValue(forKey: uid) else { continue }
      pending[uid] = facts
      faults[uid] = why
    }
  }

  /// Accepts all messages that were handed over and not rejected.
  func trustTheRest() { doubtful = [:] }

  /// Processes a fetch event.
  func take(_ event: IMAPSession.FetchEvent) throws {
    switch event {
    case .begin(let bytes):
      spool = Spool(memoryLimit: Self.maxMemory)
      check = ContentConsistency()
      // The size may differ from the one that the server announced.
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
    // Content that was not requested is discarded.
    guard let spool, single ?? uid == uid else { return }
    guard var facts = pending[uid] else {
      noteRepetition(fetch, uid)
      return
    }
    if fetch.isMalformed {
      faults[uid] = "the server sent a malformed response for it"
      return
    }
    // A server may correct the size downwards when it cannot return more.
    let announced = [fetch.size, facts.hasSize ? facts.size : nil].compactMap { $0 }.max()
    if failure == nil, let fault = check.fault(announced: announced) {
      faults[uid] = fault
      return
    }
    if let origin = fetch.origin, origin > 0 || check.count < announced ?? .max {
      faults[uid] = "the server sent only a part of it"
      return
    }
    let isOther = hasOtherNumber(fetch, facts) || failure == nil && check.isOther(than: facts.identity)
    if isOther { faults[uid] = Self.otherMessage }
    // If it was requested alone, it is accepted if it contains a complete report: UIDs and headers are not more
    // reliable than that.
    if isOther, single == nil { return }
    var doubt = failure == nil ? check.doubt(announced: announced, expected: facts.identity) : nil
    if isOther { doubt = ContentDoubt(text: Self.otherMessage, isStrong: true) }
    if doubt != nil { doubtful[uid] = facts }
    taken[uid] = facts
    fingerprints[uid] = check.fingerprint
    pending.removeValue(forKey: uid)
    let content = content(spool)
    // The cost in memory and on disk must not depend on what the server claims.
    if case .success(let bytes) = content { facts.size = bytes.count }
    context.handOver(FetchedMessage(mailbox: source, facts: facts, content: content, doubt: doubt))
  }

  /// A second content for a message that was handed over: if both may be the message, neither is certain.
  private func noteRepetition(_ fetch: FetchResponse, _ uid: UInt32) {
    guard let fingerprint = fingerprints[uid], fingerprint != check.fingerprint, let facts = taken[uid], failure == nil,
      !fetch.isMalformed, fetch.origin == nil, !hasOtherNumber(fetch, facts), !check.isOther(than: facts.identity)
    else { return }
    let announced = facts.hasSize && facts.size > 0 ? facts.size : nil
    guard check.fault(announced: announced) == nil, check.doubt(announced: announced, expected: facts.identity) == nil
    else { return }
    ambiguous.insert(uid)
  }

  /// Whether the content has a different sequence number from the requested message.
  private func hasOtherNumber(_ fetch: FetchResponse, _ facts: IMAPSession.MessageFacts) -> Bool {
    guard let number = facts.number, expunged() == expungedBefore else { return false }
    return number != fetch.number
  }

  private func content(_ spool: Spool) -> Result<ByteSource, InputError> {
    if let failure { return .failure(failure) }
    do { return .success(try spool.source()) } catch { return .failure(error) }
  }
}
