/// How a watch hears what it is to do, and tells that it is alive.
package struct WatchSupervision {
  /// What ends a watch.
  package enum Request: Sendable {
    case end
    /// Read the configuration again and go on.
    case reload
  }

  /// What has been asked for; nil if the watch goes on.
  let request: () -> Request?
  /// Called once, before anything is read.
  let begin: (IngestRequest) -> Void
  /// Called about once a second.
  let noteAlive: () -> Void
  /// Called when the watch finishes what it has begun, because it is to end.
  let noteStopping: () -> Void

  /// A supervision by functions, all called in the thread that runs the watch.
  package init(
    request: @escaping () -> Request?, begin: @escaping (IngestRequest) -> Void, noteAlive: @escaping () -> Void,
    noteStopping: @escaping () -> Void
  ) {
    self.request = request
    self.begin = begin
    self.noteAlive = noteAlive
    self.noteStopping = noteStopping
  }
}
