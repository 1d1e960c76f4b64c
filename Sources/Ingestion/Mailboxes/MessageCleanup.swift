import Foundation
import IMAP
import Settings
import Store

/// Moves, marks or deletes messages on the server once they are stored. The ledger records the last step for each
/// message, so that the next run can continue wherever a run ended.
struct MessageCleanup {
  private let session: IMAPSession
  private let account: MailAccount
  /// Target mailboxes: their names as configured, and as the server has them.
  private var targets: [String: String] = [:]
  /// The mailbox for deleted messages on Gmail, where a message that is only expunged from a mailbox still exists.
  private var trash: String?
  private let context: FetchContext

  /// Maximum number of messages for one command.
  private static let batch = 1_000

  /// Finds the target mailboxes and creates missing ones.
  /// - Throws: ``IMAPError``.
  init(_ session: IMAPSession, _ account: MailAccount, _ name: String, _ context: FetchContext) throws {
    self.session = session
    self.account = account
    self.context = context
    for action in [account.after, account.rejected, account.other] {
      guard case .move(let written) = action, targets[written] == nil else { continue }
      let target = try session.resolve(written)
      if !target.exists { try session.create(target.name) }
      guard target.name != name else {
        throw IMAPError(
          .mailbox, "move:\(written) would move messages to the mailbox that they are in: choose another target")
      }
      targets[written] = target.name
    }
    if session.isGmail, [account.after, account.rejected, account.other].contains(.delete) {
      trash = try session.list().first { $0.attributes.contains("\\trash") }?.name
    }
  }

  /// The action for messages with an outcome.
  private func action(_ outcome: InputOutcome) -> MessageAction {
    let action = account.action(for: outcome)
    if action == .delete, let trash { return .move(trash) }
    return action
  }

  private func target(_ written: String) -> String { targets[written] ?? written }

  private func step(_ action: MessageAction) -> CleanupStep? {
    switch action {
    case .keep: nil
    case .seen: .seen
    case .delete: .deleted
    case .move(let folder): .moved(to: target(folder))
    }
  }

  // MARK: Messages of earlier runs

  /// Completes what earlier runs did not finish.
  func catchUp(_ messages: [ReadMessage], _ source: SourceMailbox, _ mailbox: IMAPSession.OpenMailbox) throws {
    let messages = try settleCopies(messages, source, mailbox)
    try apply(messages.filter { $0.step == nil || $0.step != step(action($0.outcome)) }, source)
  }

  /// Completes interrupted copying: messages that were copied are removed here, the others are returned to be copied
  /// again.
  /// - Returns: the messages that still need an action.
  private func settleCopies(_ messages: [ReadMessage], _ source: SourceMailbox, _ mailbox: IMAPSession.OpenMailbox)
    throws
    -> [ReadMessage]
  {
    var copied: [String: [UInt32]] = [:]
    for (step, group) in Dictionary(grouping: messages, by: \.step) {
      let uids = group.map(\.uid)
      switch step {
      case .copied(let target)?: copied[target, default: []] += uids
      case .copying(let target, let uidValidity, let uidNext)?:
        copied[target, default: []] += try arrived(UIDSet(uids), in: target, uidValidity, from: uidNext)
        _ = try session.select(mailbox.name, readOnly: false)
      default: break
      }
    }
    for (target, uids) in copied {
      var rest = UIDSet(uids)
      while !rest.isEmpty { try remove(rest.removeFirst(Self.batch), source, .moved(to: target)) }
    }
    let settled = Set(copied.values.joined())
    return messages.filter { !settled.contains($0.uid) }
  }

  /// The messages that have a copy in a mailbox, among its UIDs from `first` on.
  private func arrived(
    _ uids: UIDSet, in target: String, _ uidValidity: UInt32, from first: UInt32
  ) throws -> [UInt32] {
    let originals = try session.fingerprint(of: "\(uids)").filter { uids.contains($0.uid) }
    guard try session.isThere(target) else { return [] }
    let mailbox = try session.select(target, readOnly: true)
    guard mailbox.uidValidity == uidValidity, mailbox.exists > 0 else { return [] }
    var copies: [MessageFingerprint: Int] = [:]
    // `*` is the last message, even if its UID is less than `first`.
    for copy in try session.fingerprint(of: "\(first):*") where copy.uid >= first {
      copies[copy.fingerprint, default: 0] += 1
    }
    return originals.filter { original in
      guard let count = copies[original.fingerprint], count > 0 else { return false }
      copies[original.fingerprint] = count - 1
      return true
    }.map(\.uid)
  }

  // MARK: Messages of this run

  /// Carries out the actions for messages.
  /// - Throws: ``IMAPError``.
  func apply(_ messages: [ReadMessage], _ source: SourceMailbox) throws {
    for (action, group) in Dictionary(grouping: messages, by: { action($0.outcome) }) where action != .keep {
      var rest = UIDSet(group.lazy.map(\.uid))
      while !rest.isEmpty { try carryOut(action, rest.removeFirst(Self.batch), source) }
    }
  }

  private func carryOut(_ action: MessageAction, _ uids: UIDSet, _ source: SourceMailbox) throws {
    // The writer detects this too, and reports it.
    guard context.rules.isDatabaseInPlace() else { throw IMAPError(.stopped, "the database is no longer at its path") }
    switch action {
    case .keep: break
    case .seen:
      try session.markSeen(uids)
      note(.seen, uids, source, isDone: true)
    case .delete: try remove(uids, source, .deleted)
    case .move(let folder):
      let target = target(folder)
      guard session.canMove else { return try copyAndRemove(uids, to: target, source) }
      try session.move(uids, to: target)
      note(.moved(to: target), uids, source, isDone: true)
    }
  }

  /// For servers without MOVE. If this is interrupted between copying and removing, the next run determines what was
  /// copied.
  private func copyAndRemove(_ uids: UIDSet, to target: String, _ source: SourceMailbox) throws {
    guard let end = try session.end(of: target) else {
      throw IMAPError(
        .mailbox,
        "the server does not report UIDNEXT of \(target), so messages cannot be copied to it safely: choose another target or `after: seen`"
      )
    }
    note(.copying(to: target, uidValidity: end.uidValidity, uidNext: end.uidNext), uids, source)
    try context.commit(source)
    try session.copy(uids, to: target)
    note(.copied(to: target), uids, source)
    try remove(uids, source, .moved(to: target))
  }

  private func remove(_ uids: UIDSet, _ source: SourceMailbox, _ step: CleanupStep) throws {
    try session.delete(uids, expungingAll: account.expungesAll)
    note(step, uids, source, isDone: true)
  }

  private func note(_ step: CleanupStep, _ uids: UIDSet, _ source: SourceMailbox, isDone: Bool = false) {
    context.writerQueue.post(.cleaned(uids.ranges.flatMap { Array($0) }, source.key, step, isDone: isDone))
  }
}

extension MailAccount {
  /// The action for messages with an outcome. Only stored messages may be deleted, and messages in conflict are kept.
  func action(for outcome: InputOutcome) -> MessageAction {
    switch outcome {
    case .settled: after
    case .rejected: rejected == .delete ? .keep : rejected
    case .other: other == .delete ? .keep : other
    case .conflicting: .keep
    }
  }
}
