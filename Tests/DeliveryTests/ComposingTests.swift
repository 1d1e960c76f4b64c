import DMARC
import Foundation
import Settings
import Store
import Testing
import Verdict

@testable import Delivery

/// What each channel gets, compared with reviewed files, and read by Python where it has a reader.
///
/// After an intended change, run the tests with `DMARCSTAT_UPDATE_GOLDEN=1` and read the difference.
@Suite struct ComposingTests {
  private static let from = MailAddress("DMARC <dmarc@example.com>")
  private static let unique = UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))

  private func settings() throws -> NotifySettings {
    var settings = NotifySettings()
    settings.mail = MailRoute(from: try #require(Self.from), transport: .sendmail("/usr/sbin/sendmail"))
    return settings
  }

  private func content(_ alert: Alert, _ language: Language, _ channel: Recipient.Channel) throws -> DeliveryContent {
    DeliveryComposer(try settings(), now: Made.now, unique: { Self.unique }).content(
      AlertText(alert, Phrasebook(language)), channel)
  }

  private static let channels: [Recipient.Channel] =
    WebShape.allCases.map { .web($0, WebTarget(url: .written("https://hooks.example/x"))) }
    + [.syslog(SyslogTarget(facility: .daemon)), .standardError]
    + (MailAddress("Operations <ops@example.com>").map { [.mail($0)] } ?? [])

  @Test(arguments: [Language.english, .japanese]) func eachChannelGetsItsForm(language: Language) throws {
    for channel in Self.channels {
      let content = try content(language == .english ? Made.alert : Made.japanese, language, channel)
      #expect(content.channel == channel.word)
      let header = content.header.map { $0 + "\n" }.joined()
      try Self.compare(
        header + (header.isEmpty ? "" : "\n") + String(decoding: content.body, as: UTF8.self),
        "\(channel.word).\(language.rawValue).txt")
    }
  }

  private static func compare(_ text: String, _ name: String) throws {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/" + name)
    if ProcessInfo.processInfo.environment["DMARCSTAT_UPDATE_GOLDEN"] != nil { try Data(text.utf8).write(to: url) }
    #expect(text == String(decoding: try Data(contentsOf: url), as: UTF8.self), "\(name) differs")
  }

  private static func hostile(_ phase: Alert.Phase = .begun) -> Alert {
    Alert(
      identifier: "x", kind: "new-sender", severity: .medium, phase: phase, domains: [Made.hostile],
      title: Made.hostile,
      sentences: [Made.hostile, String(repeating: "long", count: 9_999)],
      nextStep: "dmarcstat explain '\(Made.hostile)'")
  }

  @Test func chatProgramsFindNothingInForeignText() throws {
    for shape in [WebShape.slack, .teams, .mattermost, .ntfy] {
      let content = try content(Self.hostile(), .english, .web(shape, WebTarget(url: .written(""))))
      let body = String(decoding: content.body, as: UTF8.self)
      for mark in [
        "<!", "<@", "<at", "<http", "<img", "@all", "@here", "@channel", "https://evil", "www.evil", "{{", "${",
        "mailto:", "\u{202e}", "\u{1b}",
      ] { #expect(!body.contains(mark), "\(shape): \(mark)") }
      #expect(!body.contains("dmarcstat explain"), "a command with foreign marks is left out")
      #expect(body.utf8.count < 20_000)
      for field in content.header { #expect(!field.utf8.contains { $0 < 0x20 || $0 > 0x7e }, "\(field)") }
    }
    let markdown =
      try JSONSerialization.jsonObject(
        with: Data(try content(Self.hostile(), .english, .web(.mattermost, WebTarget(url: .written("")))).body))
      as? [String: String]
    let text = try #require(markdown?["text"])
    #expect(
      text.contains("\\*\\*b\\*\\*") && text.contains("\\`c\\`") && text.contains("\\# h") && !text.contains(":smile:"))
  }

  @Test func programsGetTheTextAsItIs() throws {
    let content = try content(Self.hostile(.ended), .english, .web(.webhook, WebTarget(url: .written(""))))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(content.body)) as? [String: Any])
    #expect(object["title"] as? String == Made.hostile && object["phase"] as? String == "ended")
    #expect((object["domains"] as? [String]) == [Made.hostile] && object["since"] is NSNull)
  }

  @Test func aLogGetsOneLine() throws {
    for channel in [Recipient.Channel.syslog(SyslogTarget(facility: .local7)), .standardError] {
      let body = try content(Self.hostile(), .english, channel).body
      #expect(body.count <= 50_000)
      if channel != .standardError { #expect(body.count <= 2_048 && !body.contains(0x0a) && !body.contains(0x1b)) }
    }
  }

  /// Python's parser of email finds the same header and the same bodies, and no defects.
  @Test func pythonReadsTheMessages() throws {
    let to = try #require(MailAddress("運用チーム <ops@example.com>"))
    let from = try #require(Self.from)
    let texts = [
      "plain\n", "日本語の本文\n" + String(repeating: "長い行", count: 600) + "\n.\nFrom x\n",
      Made.hostile.replacing("\r\n", with: " ") + "\n",
      String(repeating: "word ", count: 5_000) + "\n\n\n",
    ]
    let folder = NSTemporaryDirectory() + "dmarcstat-composing-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var expected: [[String: String]] = []
    for (index, text) in texts.enumerated() {
      for html in [nil, "<p>\(text)</p>\n"] as [String?] {
        let subject =
          index == 2 ? Made.hostile : "件名 \(index): subject of some length, which has to be folded somewhere in it"
        let message = MailMessage(
          from: from, to: to, list: .digest, subject: subject, text: text, html: html, language: "ja")
        let bytes = message.bytes(Self.unique, date: Made.now)
        #expect(bytes.allSatisfy { $0 < 0x80 })
        #expect(
          String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").allSatisfy {
            $0.utf8.count <= 78 && !$0.utf8.contains(0x0a)
          })
        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(expected.count).eml"))
        expected.append(["text": text, "html": html ?? "", "subject": index == 2 ? "" : subject])
      }
    }
    try JSONSerialization.data(withJSONObject: expected).write(to: URL(fileURLWithPath: folder + "/expected.json"))
    let script = """
      import email, email.policy, json, sys
      from email.utils import parsedate_to_datetime
      for number, wanted in enumerate(json.load(open(sys.argv[1] + "/expected.json"))):
          with open(f"{sys.argv[1]}/{number}.eml", "rb") as file:
              message = email.message_from_binary_file(file, policy=email.policy.default)
          parts = list(message.walk())
          assert not any(part.defects for part in parts), [part.defects for part in parts]
          assert not any(value.defects for value in message.values() if hasattr(value, "defects"))
          assert message["To"].addresses[0].display_name == "運用チーム" and message["To"].addresses[0].addr_spec == "ops@example.com"
          assert message["From"].addresses[0].addr_spec == "dmarc@example.com" and len(message["From"].addresses) == 1
          assert "Bcc" not in message and len(message.keys()) == len(set(message.keys()))
          assert message["Auto-Submitted"] == "auto-generated" and message["List-Id"] == "<digest.dmarcstat.example.com>"
          assert message["Message-ID"] == "<01020304-0506-0708-090a-0b0c0d0e0f10@example.com>"
          assert parsedate_to_datetime(message["Date"]).timestamp() == \(Made.now)
          subject = str(message["Subject"])
          assert "\\n" not in subject and "\\x1b" not in subject
          assert not wanted["subject"] or subject == wanted["subject"], subject
          if wanted["html"]:
              assert message.get_content_type() == "multipart/alternative"
              assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]
              assert message.get_body(("html",)).get_content().replace("\\r\\n", "\\n") == wanted["html"]
          text = message.get_body(("plain",)).get_content().replace("\\r\\n", "\\n")
          assert text == wanted["text"], (number, text[:200])
      print("ok")
      """
    let output = try Self.python(script, [folder])
    #expect(output == "ok\n")
  }

  private static func python(_ script: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = ["-c", script] + arguments
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, pipe)
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self)
  }

  @Test func theSchemaDescribesAnAlert() throws {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let schema = tests.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
      "Schemas/alert.schema.json")
    let script = """
      import json, jsonschema, sys
      schema = json.load(open(sys.argv[1]))
      jsonschema.Draft202012Validator.check_schema(schema)
      for path in sys.argv[2:]:
          alert = json.load(open(path, encoding="utf-8"))
          jsonschema.validate(alert, schema)
          assert set(alert) == set(schema["properties"])
      print("ok")
      """
    let golden = ["en", "ja"].map { tests.appendingPathComponent("Golden/webhook.\($0).txt").path }
    #expect(try Self.python(script, [schema.path] + golden) == "ok\n")
  }

  @Test func recipientsChooseWhatTheyGet() throws {
    var settings = try settings()
    var customer = Recipient(name: "customer", channel: .standardError)
    (customer.domains, customer.leastSeverity) = ([.name(try #require(DomainName("example.org")))], .medium)
    var digest = Recipient(name: "digest", channel: .standardError)
    digest.getsAlerts = false
    var japanese = Recipient(name: "japanese", channel: .standardError)
    japanese.language = .japanese
    settings.recipients = [Recipient(name: "all", channel: .standardError), customer, digest, japanese]
    let composer = DeliveryComposer(settings, now: Made.now)
    #expect(composer.languages(usual: .english) == [.english, .japanese])
    func names(_ severity: Alert.Severity, _ domains: [String], _ language: Language = .english) -> [String] {
      let alert = Alert(
        identifier: "i", kind: "k", severity: severity, phase: .begun, domains: domains, title: "t", sentences: [])
      return composer.deliveries(of: [alert], in: language, usual: .english).map(\.recipient)
    }
    #expect(names(.high, ["example.com"]) == ["all"])
    #expect(names(.medium, ["a.example.org", "example.com"]) == ["all", "customer"])
    #expect(names(.low, ["example.org"]) == ["all"])
    #expect(names(.high, []) == ["all"])
    #expect(names(.high, [], .japanese) == ["japanese"])
  }
}
