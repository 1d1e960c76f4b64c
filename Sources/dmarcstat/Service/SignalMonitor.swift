import Dispatch
import Glibc
import Ingestion
import Synchronization

/// Records the signals sent to a service: SIGTERM and SIGINT stop it, SIGHUP reloads its configuration.
final class SignalMonitor {
  private let request = Mutex<WatchSupervision.Request?>(nil)
  private var sources: [any DispatchSourceSignal] = []

  init() {
    for (number, meaning) in [(SIGTERM, WatchSupervision.Request.end), (SIGINT, .end), (SIGHUP, .reload)] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [weak self] in
        // A reload never overrides a request to stop.
        self?.request.withLock { $0 = $0 == .end ? .end : meaning }
      }
      source.resume()
      sources.append(source)
    }
  }

  /// The pending request, if any.
  var current: WatchSupervision.Request? { request.withLock { $0 } }

  /// Clears a pending reload, so that another one can be requested.
  func forgetReload() { request.withLock { if $0 == .reload { $0 = nil } } }
}
