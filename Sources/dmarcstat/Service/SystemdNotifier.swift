import Glibc

/// Notifies systemd of the state of the service (sd_notify(3)); does nothing if systemd did not start it.
enum SystemdNotifier {
  static func isReady(_ status: String) { notify("READY=1\nSTATUS=\(status)") }
  static func isStopping() { notify("STOPPING=1\nSTATUS=Finishing") }

  static func isReloading() {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    notify("RELOADING=1\nMONOTONIC_USEC=\(Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000)")
  }

  /// Resets the watchdog of systemd, if the unit has one (`WatchdogSec=`).
  static func isAlive() { if getenv("WATCHDOG_USEC") != nil { notify("WATCHDOG=1") } }

  private static func notify(_ state: String) {
    guard let path = getenv("NOTIFY_SOCKET").map({ String(cString: $0) }), var address = address(path) else { return }
    let closeOnExec: Int32 = 0o2_000_000
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | closeOnExec, 0)
    guard socket >= 0 else { return }
    defer { close(socket) }
    // A receiver that does not read must not block the service.
    let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
    // A name in the abstract namespace is not NUL-terminated: the length of the address delimits it.
    let length = socklen_t(MemoryLayout<sa_family_t>.size + path.utf8.count + (path.hasPrefix("@") ? 0 : 1))
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = sendto(socket, state, state.utf8.count, flags, $0, length)
      }
    }
  }

  private static func address(_ path: String) -> sockaddr_un? {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    guard path.utf8.count < capacity, path.hasPrefix("/") || path.hasPrefix("@") else { return nil }
    withUnsafeMutableBytes(of: &address.sun_path) { bytes in
      bytes.copyBytes(from: path.utf8)
      if path.hasPrefix("@") { bytes[0] = 0 }
    }
    return address
  }
}
