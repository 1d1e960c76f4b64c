/// Why a run cannot start.
package enum IngestionError: Error, Hashable {
  /// The folder to move files to does not exist and cannot be created.
  /// - Parameter cause: the error text of the system.
  case cannotMakeFolder(String, cause: String)
  /// The folder to move files to is also a source.
  case readsOwnTarget(String)
  /// The system cannot create a thread.
  /// - Parameter cause: the error text of the system.
  case noThread(cause: String)
}
