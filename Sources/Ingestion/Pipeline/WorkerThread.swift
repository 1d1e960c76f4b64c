import CCrashNote
import Dispatch
import Glibc

/// A thread whose start is checked. `Foundation.Thread` reports no error if the system cannot create a thread, so that
/// waiting for its work would never end.
package enum WorkerThread {
  private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Checks that the system can create a few threads. If it cannot, Dispatch waits for a thread forever, even to close
  /// a database.
  /// - Throws: ``IngestionError`` if it cannot.
  package static func probe() throws(IngestionError) {
    let startSignal = DispatchSemaphore(value: 0)
    var started = 0
    defer { for _ in 0..<started { startSignal.signal() } }
    for _ in 0..<3 {
      try start(stackSize: 64 << 10) { startSignal.wait() }
      started += 1
    }
  }

  /// Starts a detached thread.
  /// - Parameter stackSize: size of its stack in bytes.
  /// - Throws: ``IngestionError`` if the system cannot create a thread.
  static func start(stackSize: Int = 1 << 20, _ body: @escaping @Sendable () -> Void) throws(IngestionError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, stackSize)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let context = Unmanaged.passRetained(Body(body))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, &attributes,
      { context in
        let signalStack = crash_note_thread_begin()
        if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
        crash_note_thread_end(signalStack)
        return nil
      }, context.toOpaque())
    guard code == 0 else {
      context.release()
      throw .noThread(cause: String(cString: strerror(code)))
    }
  }
}
