import Foundation
import Store

/// What the stored verdicts rest on, as recorded in the settings of the database.
struct JudgingState: Equatable {
  static let contextKey = "judged.rules"
  static let sendersKey = "judged.senders"
  static let unverifiedKey = "judged.unverified"
  /// Setting that says which process judges, and when it last stored something.
  private static let judgeKey = "judged.by"
  /// Setting that is present while a run has not come to its end.
  private static let unfinishedKey = "judged.unfinished"
  /// A judge that has stored nothing for so many seconds has ended.
  private static let patience: Int64 = 60

  /// How much a run that has not come to its end was to judge.
  enum Unfinished: String {
    /// All organisations.
    case all
    /// Some organisations.
    case some
  }

  /// The fingerprint of the context, and the declarations.
  let fingerprint, senders: String?
  /// The row ids of the organisations whose reports anyone could have sent, while none is trusted; nil before they were recorded.
  let unverified: String?
  /// The row id of the newest report that is taken into account; nil if reports were removed or changed.
  let newestReport: Int64?
  /// The number of the last change.
  let change: Int64
  /// Set if a run has not come to its end.
  let unfinished: Unfinished?

  init(_ flows: FlowStore) throws {
    fingerprint = try flows.setting(Self.contextKey)
    senders = try flows.setting(Self.sendersKey)
    unverified = try flows.setting(Self.unverifiedKey)
    newestReport = try flows.setting(FlowStore.judgedReport).flatMap { Int64($0) }
    change = try flows.lastChange()
    unfinished = try flows.setting(Self.unfinishedKey).flatMap(Unfinished.init)
  }

  static func set(_ unfinished: Unfinished?, _ flows: FlowStore) throws {
    guard let unfinished else {
      try flows.removeSetting(unfinishedKey)
      return try flows.removeSetting(judgeKey)
    }
    try flows.set(unfinishedKey, unfinished.rawValue)
  }

  /// Notes that this process is judging.
  static func noteJudge(_ flows: FlowStore, now: Int64 = Int64(Date().timeIntervalSince1970)) throws {
    try flows.set(judgeKey, "\(ProcessInfo.processInfo.processIdentifier) \(now)")
  }

  /// Whether another process is judging.
  static func isOtherJudging(_ flows: FlowStore, now: Int64 = Int64(Date().timeIntervalSince1970)) throws -> Bool {
    let parts = try flows.setting(judgeKey)?.split(separator: " ").compactMap { Int64($0) } ?? []
    guard parts.count == 2, let process = Int32(exactly: parts[0]) else { return false }
    guard process != ProcessInfo.processInfo.processIdentifier, (now - patience...now).contains(parts[1]) else {
      return false
    }
    return kill(process, 0) == 0 || errno == EPERM
  }
}
