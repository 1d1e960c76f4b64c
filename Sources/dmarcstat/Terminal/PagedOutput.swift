import Glibc
import Synchronization

/// Where answers go: to standard output, or to a pager, which the first text starts, so that Ctrl-C still ends a long question and an
/// answer without text needs none.
final class PagedOutput: Sendable {
  private enum State {
    case unused, direct
    case paged(Pager)
  }

  private let state = Mutex(State.unused)

  /// The file descriptor to write to.
  var descriptor: Int32 {
    state.withLock { state in
      if case .unused = state { state = Pager.start(RawArguments.values).map(State.paged) ?? .direct }
      if case .paged(let pager) = state { return pager.descriptor }
      return STDOUT_FILENO
    }
  }

  /// Waits until the pager has ended.
  /// - Returns: whether there was one.
  func finish() -> Bool {
    let pager = state.withLock { state -> Pager? in
      defer { state = .direct }
      if case .paged(let pager) = state { return pager }
      return nil
    }
    pager?.finish()
    return pager != nil
  }
}
