import DMARC
import IMAP
import Intake

/// Puts mails together from what comes, and hands each on as soon as it is whole.
final class MailCollector {
  private let source: SourceMailbox
  private let desk: MailDesk
  /// Mails that were asked for and have not come.
  private var wanted: [UInt32: Session.MailFacts]
  private var spool: Spool?
  private var trouble: Rejection?
  private var check = ContentCheck()
  /// Mails that were handed on although what came may not be all of them.
  private(set) var doubtful: [UInt32: Session.MailFacts] = [:]
  /// Why the content that came for a mail was not taken for it.
  private(set) var faults: [UInt32: String] = [:]

  /// Bytes of a mail that are held in memory; what is longer goes to a file.
  private static let memory = 256 << 10

  init(_ mails: [Session.MailFacts], _ source: SourceMailbox, _ desk: MailDesk) {
    wanted = Dictionary(mails.map { ($0.uid, $0) }, uniquingKeysWith: { first, _ in first })
    self.source = source
    self.desk = desk
  }

  var missing: Set<UInt32> { Set(wanted.keys) }

  static func tooLarge(_ rules: MailRules) -> Rejection {
    Rejection(.limit, "the mail has more than \(rules.mostBytes) bytes (--max-mail-bytes)")
  }

  /// Takes back mails that were handed on: what came was not all of them.
  func reject(_ mails: [UInt32: String]) {
    for (uid, why) in mails {
      guard let facts = doubtful.removeValue(forKey: uid) else { continue }
      wanted[uid] = facts
      faults[uid] = why
    }
  }

  /// What was handed on and not taken back is whole.
  func trustTheRest() { doubtful = [:] }

  func take(_ event: Session.MailEvent) throws {
    switch event {
    case .begin(let bytes):
      spool = Spool(memoryLimit: Self.memory)
      check = ContentCheck()
      // The server may have said otherwise before.
      trouble = bytes > desk.rules.mostBytes ? Self.tooLarge(desk.rules) : nil
    case .bytes(let bytes):
      guard trouble == nil else { return }
      check.append(bytes)
      do { try spool?.append(bytes) } catch { trouble = error }
    case .end(let fetch): try end(fetch)
    }
  }

  private func end(_ fetch: FetchResponse) throws {
    defer {
      spool = nil
      trouble = nil
    }
    switch fetch.body {
    case .missing: return
    case .streamed: break
    case .inline(let bytes):
      spool = Spool(memoryLimit: Self.memory)
      check = ContentCheck()
      bytes.withUnsafeBytes { check.append($0) }
      do { try spool?.append(bytes) } catch { trouble = error }
    }
    guard let uid = fetch.uid else {
      throw IMAPError(.protocol, "the server sent a mail without saying which it is")
    }
    // What was not asked for, or comes a second time, is let go.
    guard let spool, var facts = wanted[uid] else { return }
    // A server may find out that a message is shorter when it cannot give more.
    let announced = [fetch.size, facts.hasSize ? facts.size : nil].compactMap { $0 }.max()
    if trouble == nil, let fault = check.fault(announced: announced) {
      faults[uid] = fault
      return
    }
    let doubt = trouble == nil ? check.doubt(announced: announced) : nil
    if doubt != nil { doubtful[uid] = facts }
    wanted.removeValue(forKey: uid)
    let content = content(spool)
    // What it takes of memory and disk must not be left to what the server says.
    if case .success(let bytes) = content { facts.size = bytes.count }
    desk.feed.add(.mail(FetchedMail(mailbox: source, facts: facts, content: content, doubt: doubt)))
  }

  private func content(_ spool: Spool) -> Result<ByteSource, Rejection> {
    if let trouble { return .failure(trouble) }
    do { return .success(try spool.source()) } catch { return .failure(error) }
  }
}
