import Foundation
import Glibc
import Settings
import Store
import Testing
import Verdict

@testable import Delivery

/// Commands, sendmail, the system log and standard error.
@Suite struct LocalChannelTests {
  private let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "dmarcstat-channels-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private func script(_ text: String) throws -> String {
    let path = folder + "/script"
    try Data("#!/bin/sh\n\(text)\n".utf8).write(to: URL(fileURLWithPath: path))
    chmod(path, 0o755)
    return path
  }

  private func run(_ words: [String], _ body: String = "{}", timeout: Int = 60) -> DeliveryFailure? {
    let recipient = Recipient(name: "c", channel: .command(words))
    return Self.started {
      Made.sender(Made.settings([recipient], timeout: timeout)).send(
        DeliveryContent(channel: "command", body: Array(body.utf8)), key: "k", to: recipient)
    }
  }

  /// A script cannot be started while a child of another test, which has not become another program yet, has it open for writing.
  private static func started(_ body: () -> DeliveryFailure?) -> DeliveryFailure? {
    for _ in 0..<10_000 {
      let failure = body()
      if failure?.cause.contains("Text file busy") != true { return failure }
      usleep(1_000)
    }
    return body()
  }

  @Test func aCommandGetsItsWordsAndTheAlert() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = try script("printf '%s\\n' \"$@\" > \(folder)/words; cat > \(folder)/input")
    let long = String(repeating: "x", count: 300_000)
    #expect(run([path, "$(touch \(folder)/injected)", "; ls", "a b"], long) == nil)
    #expect(
      try String(contentsOfFile: folder + "/words", encoding: .utf8) == "$(touch \(folder)/injected)\n; ls\na b\n")
    #expect(try String(contentsOfFile: folder + "/input", encoding: .utf8) == long)
    #expect(!FileManager.default.fileExists(atPath: folder + "/injected"))
  }

  @Test func endsOfCommandsAreNamed() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(
      run([try script("echo secret-output >&2; exit 3")])
        == DeliveryFailure("the command ended with status 3", .attempt))
    #expect(run([try script("kill -9 $$")]) == DeliveryFailure("the command was ended by signal 9", .attempt))
    #expect(run([folder + "/none"])?.cause.contains("cannot be started") == true)
  }

  /// It does not read, prints without end, and leaves a child, which holds a lock as long as it lives.
  @Test func aLateCommandIsEndedWithItsChildren() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = try script("exec 9> \(folder)/lock; flock 9; sleep 1000 & yes")
    let failure = run([path], String(repeating: "y", count: 200_000), timeout: 3)
    #expect(failure?.cause.contains("did not end in time") == true)
    let lock = open(folder + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(lock) }
    // The kernel needs a moment for the end of a process.
    let isFree = (0..<3_000).contains { _ in flock(lock, LOCK_EX | LOCK_NB) == 0 || usleep(10_000) != 0 }
    #expect(isFree, "a child is still alive")
  }

  @Test func sendmailGetsUnixLines() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = try script("printf '%s ' \"$@\" > \(folder)/words; cat > \(folder)/mail; exit $(cat \(folder)/status)")
    var settings = Made.settings([])
    settings.mail = MailRoute(from: try #require(MailAddress("D <d@example.com>")), transport: .sendmail(path))
    let content = DeliveryContent(channel: "mail", address: "a@example.com", body: Array("A: b\r\n\r\nc\r\n".utf8))
    for (status, scope) in [("0", nil), ("75", .attempt), ("67", .content), ("1", .attempt)]
      as [(String, DeliveryFailure.Scope?)]
    {
      try Data(status.utf8).write(to: URL(fileURLWithPath: folder + "/status"))
      #expect(Self.started { Made.sender(settings).send(content, key: "k", to: nil) }?.scope == scope)
    }
    #expect(try String(contentsOfFile: folder + "/words", encoding: .utf8) == "-i -f d@example.com -- a@example.com ")
    #expect(try String(contentsOfFile: folder + "/mail", encoding: .utf8) == "A: b\n\nc\n")
  }

  @Test func theSystemLogGetsADatagram() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var target = SyslogTarget(facility: .local0)
    target.socket = folder + "/log"
    let content = DeliveryComposer(Made.settings([]), now: Made.now).content(
      AlertText(Made.alert, Phrasebook(.english)), .syslog(target))
    let recipient = Recipient(name: "log", channel: .syslog(target))
    let sender = Made.sender(Made.settings([recipient]))
    #expect(sender.send(content, key: "k", to: recipient)?.cause.contains("does not take messages") == true)
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(target.socket.utf8)) }
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(status == 0)
    #expect(sender.send(content, key: "k", to: recipient) == nil)
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = recv(descriptor, &bytes, bytes.count, 0)
    let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    // In the time zone of the machine, as the C library writes it.
    var (seconds, local, stamp) = (time_t(Made.now), tm(), [CChar](repeating: 0, count: 32))
    strftime(&stamp, stamp.count, "%b %e %H:%M:%S", try #require(localtime_r(&seconds, &local)))
    let time = String(decoding: stamp.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    #expect(text.hasPrefix("<131>\(time) dmarcstat: key-broke begun: The DKIM key"), "\(text)")
    target.socket = folder + "/" + String(repeating: "x", count: 200)
    let long = Recipient(name: "log", channel: .syslog(target))
    #expect(sender.send(content, key: "k", to: long)?.cause.contains("File name too long") == true)
  }

  @Test func standardErrorGetsLines() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let recipient = Recipient(name: "e", channel: .standardError)
    nonisolated(unsafe) var lines: [String] = []
    let content = DeliveryComposer(Made.settings([]), now: Made.now).content(
      AlertText(Made.alert, Phrasebook(.english)), .standardError)
    #expect(
      Made.sender(Made.settings([recipient]), print: { lines += $0 }).send(content, key: "k", to: recipient) == nil)
    #expect(lines.first == "high: The DKIM key s2026 of example.com broke on 2026-09-20" && lines.count == 4)
  }
}
