import Dispatch
import Glibc
import IMAP
import Intake

/// Lets a person or a service manager end a run by a signal without making what it was reading suspect: what is not committed is undone,
/// as ever, commands that print secrets are killed with all that they have started, and the process ends by the same signal.
final class GracefulTermination {
  private var sources: [any DispatchSourceSignal] = []
  private var numbers: [Int32] = []

  /// - Parameters:
  ///   - clock: stopped at the signal.
  ///   - journal: closed at the signal.
  init(_ clock: Deadline, _ journal: ReadingJournal? = nil) {
    for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
      var before = sigaction()
      // What is ignored on purpose, as under nohup or by a service, stays so.
      guard sigaction(number, nil, &before) == 0, !Self.isIgnored(before) else { continue }
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        clock.stop()
        journal?.close()
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

  /// Gives the signals their usual meaning back.
  func stop() {
    for source in sources { source.cancel() }
    for number in numbers { signal(number, SIG_DFL) }
  }
}
