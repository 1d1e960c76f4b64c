import Dispatch
import Glibc
import Ingestion
import Synchronization

/// Hears of the signals that a service is sent.
final class SignalMonitor {
  private let wish = Mutex<WatchSupervision.Wish?>(nil)
  private var sources: [any DispatchSourceSignal] = []

  init() {
    for (number, meaning) in [(SIGTERM, WatchSupervision.Wish.end), (SIGINT, .end), (SIGHUP, .reload)] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [weak self] in
        // The end is never taken back.
        self?.wish.withLock { $0 = $0 == .end ? .end : meaning }
      }
      source.resume()
      sources.append(source)
    }
  }

  /// What has been asked for.
  var current: WatchSupervision.Wish? { wish.withLock { $0 } }

  /// A reload has begun; another may be asked for.
  func forgetReload() { wish.withLock { if $0 == .reload { $0 = nil } } }
}
