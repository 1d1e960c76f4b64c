import Foundation
import Testing

/// `review --mail` through a real mail server, read as mail programs do.
@Suite struct DigestTests {
  /// Exim on loopback.
  private final class MailServer {
    private let process = Process()
    let folder: String
    let ports: [String: Int]

    init(_ folder: String) throws {
      self.folder = folder
      process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
      process.arguments = [Program.root + "/Tests/EndToEndTests/mail/exim.py", folder]
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      var line = Data()
      while line.last != 0x0a {
        let piece = pipe.fileHandleForReading.availableData
        try #require(!piece.isEmpty, "Exim did not start")
        line += piece
      }
      ports = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Int])
    }

    deinit {
      process.terminate()
      process.waitUntilExit()
    }

    /// The messages that it delivered, once there are as many.
    func messages(_ count: Int) throws -> [String] {
      while true {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/mail/new")
        if names.count >= count { return names.sorted().map { "\(folder)/mail/new/\($0)" } }
        usleep(50_000)
      }
    }
  }

  private static func setUp(recipients: String) throws -> (Program, MailServer) {
    let program = try Program(withSampleConfiguration: true)
    #expect(chmod(program.folder, 0o755) == 0)
    let server = try MailServer(program.folder + "/exim")
    #expect(chmod(try program.write("password", "smtp-password-4711\n"), 0o600) == 0)
    let port = try #require(server.ports["starttls"])
    let sample = try String(contentsOfFile: Program.samples + "/dmarcstat.yaml", encoding: .utf8)
    _ = try program.write(
      "config.yaml",
      sample + """

        notify:
          mail:
            from: DMARC-Übersicht <dmarc@example.com>
            server: localhost
            port: \(port)
            ca_file: \(server.folder)/cert.pem
            user: dmarc
            password_file: password
          recipients:
            \(recipients.replacing("\n", with: "\n    "))

        """)
    #expect(
      try program.run(["ingest", "--quiet", Program.samples, "--config", program.folder + "/config.yaml"]).status == 1)
    return (program, server)
  }

  private static func mail(_ program: Program, _ arguments: [String] = []) throws -> Program.Result {
    try program.run(
      ["review", "--mail", "--month", "2026-10", "--config", program.folder + "/config.yaml"] + arguments)
  }

  /// Reads a message with Python and Chromium.
  /// - Returns: its text and its HTML.
  private static func read(_ program: Program, _ message: String) throws -> (text: String, html: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    let copy = program.folder + "/" + UUID().uuidString
    try FileManager.default.copyItem(atPath: message, toPath: copy)
    process.arguments = [Program.root + "/Tests/EndToEndTests/mail/digest.py", copy, program.folder + "/profile"]
    let result = try Program.finish(process)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output == "\n", "\(result.output)")
    return (
      try String(contentsOfFile: copy + ".txt", encoding: .utf8),
      try String(contentsOfFile: copy + ".html", encoding: .utf8)
    )
  }

  @Test func eachReaderGetsTheOwnDigest() throws {
    let (program, server) = try Self.setUp(
      recipients: """
        - {mail: ops@example.com, digest: true, lang: en}
        - {name: 日本, mail: 運用 <ja@example.com>, digest: true, lang: ja, domains: [example.org]}
        - {mail: alerts@example.com}
        """)
    let result = try Self.mail(program)
    #expect(
      result.status == 0 && result.output == "ops@example.com: sent\n日本: sent\n", "\(result.output)\(result.errors)")
    let messages = try server.messages(2)
    #expect(messages.count == 2)
    for path in messages {
      let raw = try String(contentsOfFile: path, encoding: .utf8)
      #expect(raw.contains("P=esmtpsa") || raw.contains("with esmtpsa"))
      let language = raw.contains("Content-Language: ja") ? "ja" : "en"
      #expect(
        raw.contains(language == "ja" ? "Envelope-to: ja@example.com" : "ops@example.com")
          || raw.contains("\(language == "ja" ? "ja" : "ops")@example.com"))
      for field in ["Auto-Submitted: auto-generated", "List-Id: <digest.dmarcstat.example.com>", "From: =?UTF-8?B?"] {
        #expect(raw.contains(field), "\(field)")
      }
      let parts = try Self.read(program, path)
      try GoldenTests.compare(parts.text, "digest.\(language).txt")
      try GoldenTests.compare(parts.html, "digest.\(language).html")
    }
  }

  @Test func refusedAndGreylistedReaders() throws {
    let (program, server) = try Self.setUp(
      recipients: """
        - {mail: nobody@example.com, digest: true}
        - {mail: later@example.com, digest: true}
        - {mail: ops@example.com, digest: true}
        - {mail: none@example.com, digest: true, domains: [nothing.example]}
        """)
    let result = try Self.mail(program)
    #expect(result.status == 1)
    for words in [
      "nobody@example.com: not sent: the mail server refused the message (550 5.1.1)",
      "later@example.com: not sent yet: the mail server answered 451 4.7.1",
      "ops@example.com: sent",
    ] { #expect(result.output.contains(words), "\(result.output)") }
    #expect(result.errors.contains("none@example.com: no report is about nothing.example"), "\(result.errors)")
    #expect(try server.messages(1).count == 1)
    _ = try program.write("exim/seen", "")
    let again = try program.run(["outbox", "send", "--config", program.folder + "/config.yaml"])
    #expect(again.status == 0, "\(again.output)\(again.errors)")
    #expect(try server.messages(2).count == 2)
  }

  @Test func hostileNamesStayText() throws {
    let (program, server) = try Self.setUp(recipients: "- {mail: ops@example.com, digest: true, lang: en}")
    let hostile =
      "x&#13;&#10;Bcc: victim@example.org&#13;&#10;&lt;img src=x onerror=alert(1)&gt;\u{202e}=?UTF-8?B?QUFB?= &lt;/td&gt;&lt;/table&gt;"
    let rows = (1...4).map { row in
      """
      <record><row><source_ip>203.0.113.\(row)</source_ip><count>\(400 * row)</count><policy_evaluated><disposition>none</disposition>
      <dkim>fail</dkim><spf>fail</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from>
      <envelope_from>\(hostile)</envelope_from></identifiers><auth_results><dkim><domain>\(hostile)</domain><selector>\(hostile)</selector>
      <result>fail</result></dkim><spf><domain>\(hostile)</domain><result>pass</result></spf></auth_results></record>
      """
    }
    _ = try program.write(
      "in/a.xml",
      """
      <?xml version="1.0"?><feedback><report_metadata><org_name>\(hostile)</org_name><email>\(hostile)</email><report_id>\(hostile)</report_id>
      <date_range><begin>1791158400</begin><end>1791244799</end></date_range></report_metadata><policy_published><domain>example.com</domain>
      <p>none</p></policy_published>\(rows.joined())</feedback>
      """)
    _ = try program.run(["ingest", "--quiet", program.folder + "/in", "--config", program.folder + "/config.yaml"])
    #expect(try Self.mail(program).status == 0)
    let path = try #require(try server.messages(1).first)
    let raw = try String(contentsOfFile: path, encoding: .utf8)
    #expect(!raw.split(separator: "\n").contains { $0.lowercased().hasPrefix("bcc:") })
    let parts = try Self.read(program, path)
    #expect(
      parts.html.contains("&lt;img") && !parts.html.contains("<img")
        && !(parts.html + parts.text).unicodeScalars.contains("\u{202e}"))
  }
}
