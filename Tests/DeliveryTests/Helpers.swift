import DMARC
import Delivery
import Foundation
import Settings
import Store
import Testing
import Verdict

/// A server of `servers/`, run with Debian's Python until the end of the test.
final class TestServer {
  private let process = Process()
  let folder: String
  /// The line that it prints when it is ready.
  let greeting: String

  init(_ script: String, _ arguments: (_ folder: String) -> [String]) throws {
    folder = NSTemporaryDirectory() + "dmarcstat-delivery-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments =
      [URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/servers/" + script] + arguments(folder)
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    var line = Data()
    while line.last != 0x0a {
      let piece = pipe.fileHandleForReading.availableData
      try #require(!piece.isEmpty, "\(script) did not start")
      line += piece
    }
    greeting = String(decoding: line, as: UTF8.self)
  }

  deinit {
    process.terminate()
    process.waitUntilExit()
    try? FileManager.default.removeItem(atPath: folder)
  }

  static func receiver() throws -> TestServer { try TestServer("receiver.py") { [$0 + "/log"] } }
  static func mail() throws -> TestServer { try TestServer("mail.py") { [$0] } }

  func url(_ mode: String) -> String {
    "http://127.0.0.1:\(greeting.trimmingCharacters(in: .whitespacesAndNewlines))/TOKEN-in-path/\(mode)"
  }

  /// The requests that a receiver got.
  func requests() throws -> [[String: Any]] {
    let text = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
    return try text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  /// The port of a mail server.
  func port(_ mode: String) throws -> Int {
    let ports = try #require(try JSONSerialization.jsonObject(with: Data(greeting.utf8)) as? [String: Int])
    return try #require(ports[mode])
  }

  /// The messages that mail servers took, with their envelopes.
  func messages() throws -> [(message: String, envelope: [String: Any])] {
    try (1...20).compactMap { number in
      guard let data = FileManager.default.contents(atPath: "\(folder)/\(number).eml"),
        let facts = FileManager.default.contents(atPath: "\(folder)/\(number).json")
      else { return nil }
      return (
        String(decoding: data, as: UTF8.self),
        try #require(try JSONSerialization.jsonObject(with: facts) as? [String: Any])
      )
    }
  }
}

/// Values for tests.
enum Made {
  static let now: Int64 = 1_790_000_000

  static let alert = Alert(
    identifier: "key-broke:s2026.example.com:begun", kind: "key-broke", severity: .high, phase: .begun,
    domains: ["example.com", "xn--bcher-kva.example"], title: "The DKIM key s2026 of example.com broke on 2026-09-20",
    sentences: [
      "1,234 messages were not signed validly since then.", "Before that, 99.8% of the signatures verified.",
    ],
    nextStep: "dmarcstat explain example.com --since 2026-09-20", since: CalendarDay(year: 2026, month: 9, day: 20),
    messages: 1_234)

  static let japanese = Alert(
    identifier: "key-broke:s2026.example.com:begun", kind: "key-broke", severity: .high, phase: .begun,
    domains: ["example.com", "xn--bcher-kva.example"], title: "example.com の DKIM 鍵 s2026 が 2026-09-20 から検証に失敗しています",
    sentences: ["それ以降、1,234 通の署名を検証できませんでした。", "それ以前は、署名の 99.8% が検証に成功していました。"],
    nextStep: "dmarcstat explain example.com --since 2026-09-20", since: CalendarDay(year: 2026, month: 9, day: 20),
    messages: 1_234)

  /// Text that mail, browsers and chat programs could take for something else.
  static let hostile =
    "x\r\nBcc: victim@example.org\r\n\r\n<!channel> <@U123> @all @here @channel <https://evil.example|click> [a](https://evil.example) "
    + "https://evil.example www.evil.example **b** _i_ `c` # h :smile: ~town <at>You</at> {{DATE(2026-01-01T00:00:00Z)}} ${x} "
    + "<img src=x onerror=alert(1)> \u{202e}\u{1b}[31m=?UTF-8?B?QUFB?= mailto:a@b.example"

  static func sender(
    _ settings: NotifySettings,
    secret: @escaping (SecretSource, String) throws(UnreadableSecret) -> String = { _, _ in "" },
    print: @escaping ([String]) -> Void = { _ in }
  ) -> ChannelSender { ChannelSender(settings, readSecret: secret, printLines: print) }

  static func web(_ shape: WebShape, _ url: String) -> Recipient {
    Recipient(name: "hook", channel: .web(shape, WebTarget(url: .written(url))))
  }

  static func settings(_ recipients: [Recipient], timeout: Int = 2) -> NotifySettings {
    var settings = NotifySettings()
    (settings.recipients, settings.timeout) = (recipients, timeout)
    return settings
  }
}
