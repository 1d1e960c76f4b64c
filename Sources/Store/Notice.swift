/// A problem that persists from run to run, such as a server that cannot be reached. It is reported when it first occurs, once a day
/// while it lasts, and when it ends.
public struct Notice: Sendable, Hashable {
  /// The source or account that was checked. A run that does not check it says nothing about its problems.
  public var scope: String
  /// The part of the scope that has the problem; empty for the whole scope.
  public var key: String
  /// The kind of problem. A problem of another kind in the same scope is reported at once.
  public var code: String
  /// The message for the user.
  public var text: String

  /// Creates a notice.
  public init(scope: String, key: String, code: String, text: String) {
    self.scope = scope
    self.key = key
    self.code = code
    self.text = text
  }
}

/// What a run reports about persistent problems.
public struct NoticeNews: Sendable, Hashable {
  /// A notice that has been reported before.
  public struct Known: Sendable, Hashable {
    /// The notice.
    public var notice: Notice
    /// When the problem was first seen, epoch seconds.
    public var since: Int64
  }

  /// Problems to report for the first time.
  public var new: [Notice] = []
  /// Lasting problems to report again, because they were last reported a day ago.
  public var lasting: [Known] = []
  /// Lasting problems that were reported less than a day ago.
  public var recent: [Known] = []
  /// Problems that have ended.
  public var ended: [Known] = []
}
