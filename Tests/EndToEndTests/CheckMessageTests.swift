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

  /// A message from a host of the sample reports.
  private func message(
    _ program: Program, from: String = "example.com", _ address: String, _ results: String
  ) throws -> String {
    try program.write(
      "message-\(address).eml",
      """
      Return-Path: <a@sender.test>
      Authentication-Results: mx.test; \(results)
      Received: from out.test (out.test [\(address)]) by mx.test with ESMTP id 1; Mon, 2 Nov 2026 10:00:00 +0000
      From: A <a@\(from)>

      Hello
      """)
  }

  /// The answer contains what reports say about the host that delivered a message and about its keys, and the advice of
  /// `explain`.
  @Test func storeKnowsTheSender() throws {
    let program = try Program(withSampleConfiguration: true)
    let good = "spf=pass smtp.mailfrom=example.com; dkim=pass header.d=example.com header.s="
    let own = try message(program, "192.0.2.10", good + "s2026; dkim=pass header.d=example.com header.s=unseen")
    let foreign = try message(program, "198.51.100.150", "spf=pass smtp.mailfrom=promo.example; dkim=none")
    let service = try message(program, "198.51.100.60", "spf=pass smtp.mailfrom=desk.example; dkim=none")
    let stranger = try message(program, "203.0.113.250", "spf=fail smtp.mailfrom=example.com; dkim=none")
    let unheard = try message(program, from: "unheard.test", "192.0.2.1", "spf=none; dkim=none")
    func facts(_ path: String, _ more: String...) throws -> [String: Any] {
      let result = try program.run(["check", "message", path, "--offline", "--format", "json"] + more)
      #expect(result.errors.isEmpty, "\(result.errors)")
      return try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    }
    func codes(_ facts: [String: Any]) -> [String] {
      let reasons = facts["reasons"] as? [[String: Any]] ?? []
      return reasons.compactMap { $0["code"] as? String }.filter { $0.hasPrefix("store-") }
    }
    // Without a store, the answer does not mention one.
    #expect(try codes(facts(own)).isEmpty)
    #expect(!FileManager.default.fileExists(atPath: program.database))
    _ = try program.run("ingest", "--quiet", Program.samples)
    let known = try facts(own)
    #expect(known["known_sender"] as? String == "Office mail server")
    #expect(known["verdict"] as? String == "aligned/both" && known["confidence"] as? String == "high")
    #expect(known["reported_messages"] as? Int == 3929 && known["reported_passed"] as? Int == 3908)
    let keys = try #require(known["keys"] as? [[String: Any]])
    #expect(keys.map { $0["messages"] as? Int } == [5030, 0])
    #expect(codes(known) == ["store-declared", "store-mail", "store-verdict", "store-key", "store-no-key"])
    let review = try facts(foreign)
    #expect(codes(review) == ["store-undeclared", "store-mail", "store-verdict", "store-declare"])
    let explained = try program.run("explain", "198.51.100.150", "--format", "json").output
    let rows = try #require(JSONSerialization.jsonObject(with: Data(explained.utf8)) as? [[String: Any]])
    for key in ["advice", "declare"] {
      #expect(review[key] as? String == rows[0][key] as? String, "\(key)")
    }
    #expect(try facts(service)["known_sender"] as? String == "Help desk (Desk)")
    #expect(try codes(facts(stranger)) == ["store-undeclared", "store-no-mail"])
    #expect(try codes(facts(unheard)) == ["store-none"])
    #expect(try codes(facts(own, "--no-store")).isEmpty)
    #expect(try program.run("check", "message", own, "--no-store", "-b", program.database).status == 2)
  }

  /// If the store cannot be used, only its part of the answer is missing.
  @Test func storeThatCannotBeUsed() throws {
    let program = try Program()
    let path = try message(program, "192.0.2.10", "spf=pass smtp.mailfrom=example.com")
    _ = try program.write("reports.sqlite", "no database")
    let result = try program.run("check", "message", path, "--offline")
    #expect(result.status == 0 && result.output.contains("SPF passes for example.com"), "\(result.output)")
    #expect(result.errors.contains("what reports say is left out"), "\(result.errors)")
    #expect(try program.run("check", "message", path, "--offline", "--no-store").errors.isEmpty)
    let named = try program.run("check", "message", path, "--offline", "-b", program.database)
    #expect(named.status == 4, "\(named.errors)")
  }
}
