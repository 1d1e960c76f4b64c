import Glibc
import Settings

/// A message for the socket of the system log, as the C library sends it (RFC 3164). Unlike the function of the C library, it tells
/// whether the log took it.
struct SyslogMessage {
  let target: SyslogTarget
  let bytes: [UInt8]

  /// - Parameter severity: of RFC 5424 §6.2.1.
  static func bytes(_ target: SyslogTarget, severity: Int, _ line: String, at epoch: Int64) -> [UInt8] {
    var bytes = Array("<\(target.facility.number * 8 + severity)>\(time(epoch)) dmarcstat: \(line)".utf8)
    bytes.removeLast(max(0, bytes.count - longest))
    while String(validating: bytes, as: UTF8.self) == nil { bytes.removeLast() }
    return bytes
  }

  /// Month, day and time of day in the time zone of the machine, in which receivers read them.
  private static func time(_ epoch: Int64) -> String {
    var (seconds, local) = (time_t(epoch), tm())
    guard localtime_r(&seconds, &local) != nil else { return "Jan  1 00:00:00" }
    func padded(_ number: Int32, _ filler: String) -> String { number < 10 ? "\(filler)\(number)" : "\(number)" }
    let time = [local.tm_hour, local.tm_min, local.tm_sec].map { padded($0, "0") }.joined(separator: ":")
    return "\(MailDate.months[Int(local.tm_mon)]) \(padded(local.tm_mday, " ")) \(time)"
  }

  /// The bytes that every receiver takes (RFC 5424 §6.1).
  private static let longest = 2_048

  func send() -> DeliveryFailure? {
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return failure }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array(target.socket.utf8)
    guard path.count < MemoryLayout.size(ofValue: address.sun_path) else {
      errno = ENAMETOOLONG
      return failure
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let count = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        sendto(descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL), address, size)
      }
    }
    return count == bytes.count ? nil : failure
  }

  private var failure: DeliveryFailure {
    DeliveryFailure(
      "\(target.socket) does not take messages (\(String(cString: strerror(errno)))): check that a system log runs",
      .channel)
  }
}
