/// A problem that persists from run to run, such as a server that cannot be reached. It is reported when it first occurs, once a day
/// while it lasts, and when it ends.
package struct Notice: Sendable, Hashable {
  /// The source or account that was checked. A run that does not check it says nothing about its problems.
  package var scope: String
  /// The part of the scope that has the problem; empty for the whole scope.
  package var key: String
  /// The kind of problem. A problem of another kind in the same scope is reported at once.
  package var code: String
  /// The message for the user.
  package var text: String

  /// Creates a notice.
  package init(scope: String, key: String, code: String, text: String) {
    self.scope = scope
    self.key = key
    self.code = code
    self.text = text
  }
}

/// What a run reports about persistent problems.
package struct NoticeNews: Sendable, Hashable {
  /// A notice that has been reported before.
  package struct Known: Sendable, Hashable {
    /// The notice.
    package var notice: Notice
    /// When the problem was first seen, epoch seconds.
    package var since: Int64
  }

  /// Problems to report for the first time.
  package var new: [Notice] = []
  /// Lasting problems to report again, because they were last reported a day ago.
  package var lasting: [Known] = []
  /// Lasting problems that were reported less than a day ago.
  package var recent: [Known] = []
  /// Problems that have ended.
  package var ended: [Known] = []
}
