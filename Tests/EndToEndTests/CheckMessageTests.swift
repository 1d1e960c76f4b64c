import Foundation
import Seeds
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

  /// dkimpy, which has signed the messages, comes to the same results, and what was done to them is found.
  @Test func signaturesAgreeWithAnotherVerifier() throws {
    let program = try Program()
    let script = try OddInputTests.script("check/verify_messages.py")
    let seed = "\(Seeded.seed)"
    let result = try program.python(script, [Program.binary, program.folder, seed, Program.isLong ? "2000" : "60"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.hasSuffix(" messages, 0 faults\n"), "seed \(seed): \(result.output)")
  }

  /// A key is looked up only if that is wanted, and an author signature counts where no receiver has said anything.
  @Test func lookUpsAndResultsWithoutAReceiver() throws {
    let program = try Program()
    let script = """
      import base64, dkim, nacl.signing, sys
      key = nacl.signing.SigningKey(bytes(32))
      text = b"From: a@example.com\\r\\nSubject: x\\r\\n\\r\\nHello\\r\\n"
      private = base64.b64encode(bytes(key))
      sign = dkim.sign(text, b"s1", b"example.com", private, signature_algorithm=b"ed25519-sha256")
      open(sys.argv[1] + "/signed.eml", "wb").write(sign + text)
      public = base64.b64encode(bytes(key.verify_key)).decode()
      open(sys.argv[1] + "/keys.zone", "w").write(
          f's1._domainkey.example.com. 60 IN TXT "v=DKIM1; k=ed25519; p={public}"\\n')
      """
    #expect(try program.python(script, [program.folder]).status == 0)
    let (message, zone) = (program.folder + "/signed.eml", program.folder + "/keys.zone")
    let verified = try program.run("check", "message", message, "--zone", zone)
    #expect(verified.status == 0 && verified.output.contains("Verified here"), "\(verified)")
    let offline = try program.run("check", "message", message, "--offline")
    #expect(offline.status == 1 && !offline.output.contains("Verified here"), "\(offline)")
    #expect(offline.errors.isEmpty)
    let unanswered = try program.run("check", "message", message, "--resolver", "127.0.0.1:1")
    #expect(unanswered.status == 1 && unanswered.output.contains("No name server answered"), "\(unanswered)")
    #expect(try program.run("check", "message", message, "--offline", "--zone", zone).status == 2)
  }
}
