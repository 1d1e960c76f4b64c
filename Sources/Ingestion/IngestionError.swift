/// Why a run cannot begin.
package enum IngestionError: Error, Hashable {
  /// The folder that files are to be moved to does not exist and cannot be made.
  /// - Parameter cause: the system's words.
  case cannotMakeFolder(String, cause: String)
  /// Files are to be moved to this folder, which is also one to read from.
  case readsOwnTarget(String)
  /// The system gives no thread.
  /// - Parameter cause: the system's words.
  case noThread(cause: String)
}
