import Foundation
import Testing

/// `check message`: where it reads from, and how it ends.
@Suite struct CheckMessageTests {
  @Test func filesStandardInputAndExitStatus() throws {
    let program = try Program()
    let results = "Authentication-Results: mx.test; spf=pass smtp.mailfrom=example.com"
    let good = try program.write("good.eml", results + "\nFrom: a@example.com\n\nHello\n")
    let bad = try program.write("bad.eml", results + "\nFrom: a@other.example\n\nHello\n")
    let none = try program.write("none.txt", "Hello\n")
    #expect(try program.run("check", "message", good).status == 0)
    #expect(try Program.finish(program.process(["check", "message", "-"]), input: good).status == 0)
    let failing = try program.run("check", "message", bad)
    #expect(failing.status == 1 && failing.output.contains("DMARC fails"), "\(failing.output)")
    #expect(try program.run("check", "message", good, "--trust", "mine.test").status == 1)
    let config = try program.write("config.yaml", "trusted_hosts: [mx.test]\n")
    #expect(try program.run("check", "message", good, "--config", config).status == 0)
    let empty = try program.run("check", "message", none)
    #expect(empty.status == 3 && empty.errors.contains("there is no message header"), "\(empty.errors)")
    #expect(try program.run("check", "message", program.folder + "/missing.eml").status == 3)
    #expect(try program.run("check", "message", "/dev/zero").status == 3)
    #expect(try program.run("check", "message", good, "--trust", "a..b").status == 2)
  }

  @Test func hiddenCharactersAreEscaped() throws {
    let program = try Program()
    let path = try program.write(
      "hostile.eml",
      "Authentication-Results: mx.test; dkim=pass header.d=\u{1b}[31m.example header.s=\u{202e}x\nList-Id: \u{1b}]0;x\u{7}\nFrom: \u{1b}[2J@example.com\n"
    )
    for format in ["table", "csv", "json", "ndjson"] {
      let output = try program.run("check", "message", path, "--format", format).output
      let hidden = output.unicodeScalars.filter { $0.value < 0x20 || $0.value == 0x7f || $0.value == 0x202e }
      #expect(!output.isEmpty && hidden.allSatisfy("\r\n".unicodeScalars.contains), "\(format)")
    }
  }
}
