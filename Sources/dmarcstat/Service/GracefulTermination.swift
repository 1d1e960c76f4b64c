import Dispatch
import Glibc
import IMAP
import Intake

/// Ends a run on a signal without marking its current inputs as the cause of a crash. Uncommitted work is rolled back,
/// commands that print secrets are killed with their child processes, and the process ends by the same signal.
final class GracefulTermination {
  private var sources: [any DispatchSourceSignal] = []
  private var numbers: [Int32] = []

  /// - Parameters:
  ///   - clock: stopped at the signal.
  ///   - journal: closed at the signal.
  ///   - onEnd: called before the process ends.
  init(_ clock: Deadline, _ journal: ReadingJournal? = nil, onEnd: @escaping @Sendable () -> Void = {}) {
    for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
      var before = sigaction()
      // A signal that is ignored on purpose, as under nohup or in a service, stays ignored.
      guard sigaction(number, nil, &before) == 0, !Self.isIgnored(before) else { continue }
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        clock.stop()
        journal?.close()
        onEnd()
        signal(number, SIG_DFL)
        // Dispatch may have blocked the signal in its threads.
        var only = sigset_t()
        sigemptyset(&only)
        sigaddset(&only, number)
        pthread_sigmask(SIG_UNBLOCK, &only, nil)
        raise(number)
      }
      source.resume()
      sources.append(source)
      numbers.append(number)
    }
  }

  private static func isIgnored(_ action: sigaction) -> Bool {
    unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// Restores the default action of the signals.
  func stop() {
    for source in sources { source.cancel() }
    for number in numbers { signal(number, SIG_DFL) }
  }
}
