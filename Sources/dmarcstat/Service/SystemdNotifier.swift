import Glibc

/// Tells systemd how the service is (sd_notify(3)). Without systemd nothing is told.
enum SystemdNotifier {
  static func isReady(_ status: String) { tell("READY=1\nSTATUS=\(status)") }
  static func isStopping() { tell("STOPPING=1\nSTATUS=Finishing") }

  static func isReloading() {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    tell("RELOADING=1\nMONOTONIC_USEC=\(Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000)")
  }

  /// The service is alive; systemd restarts one that does not say so for too long, if told to.
  static func isAlive() { if getenv("WATCHDOG_USEC") != nil { tell("WATCHDOG=1") } }

  private static func tell(_ state: String) {
    guard let path = getenv("NOTIFY_SOCKET").map({ String(cString: $0) }), var address = address(path) else { return }
    let closeOnExec: Int32 = 0o2_000_000
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | closeOnExec, 0)
    guard socket >= 0 else { return }
    defer { close(socket) }
    // Nobody who does not listen shall hold the service up.
    let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
    // A name in the abstract space ends where the address ends.
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
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard path.utf8.count < room, path.hasPrefix("/") || path.hasPrefix("@") else { return nil }
    withUnsafeMutableBytes(of: &address.sun_path) { bytes in
      bytes.copyBytes(from: path.utf8)
      if path.hasPrefix("@") { bytes[0] = 0 }
    }
    return address
  }
}
