/// The connection of watch mode to signals and the service manager.
package struct WatchSupervision {
  /// A request that ends watching.
  package enum Request: Sendable {
    /// Finish and exit.
    case end
    /// Reload the configuration and continue.
    case reload
  }

  /// The pending request; nil to continue.
  let request: () -> Request?
  /// Called once, before anything is read.
  let begin: (IngestRequest) -> Void
  /// Called about once a second.
  let noteAlive: () -> Void
  /// Called when watching is about to end, while inputs in progress are completed.
  let noteStopping: () -> Void

  /// A supervision by functions, all called on the watching thread.
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
