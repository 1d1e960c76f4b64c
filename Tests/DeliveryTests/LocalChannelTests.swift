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

  private func run(_ words: [String], _ body: String = "{}") -> DeliveryFailure? {
    let recipient = Recipient(name: "c", channel: .command(words))
    return Self.started {
      Made.sender(Made.settings([recipient], timeout: 1)).send(
        DeliveryContent(channel: "command", body: Array(body.utf8)), key: "k", to: recipient)
    }
  }

  /// A script cannot be started while a child of another test, which has not become another program yet, has it open for writing.
  private static func started(_ body: () -> DeliveryFailure?) -> DeliveryFailure? {
    while true {
      let failure = body()
      if failure?.cause.contains("Text file busy") != true { return failure }
      usleep(1_000)
    }
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
    // It does not read, prints without end, and leaves a child.
    let child = "(sleep 30; touch \(folder)/late) & yes"
    #expect(
      run([try script(child)], String(repeating: "y", count: 200_000))?.cause.contains("did not end in time") == true)
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
    #expect(text.hasPrefix("<131>Sep 21 14:13:20 dmarcstat: key-broke begun: The DKIM key"), "\(text)")
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
