import Foundation
import Testing

/// What a person has looked at does not come back every month.
@Suite struct AckTests {
  private func program() throws -> Program {
    let program = try Program()
    #expect(try program.run("ingest", "--quiet", Program.root + "/reports-sample").status <= 1)
    return program
  }

  private func sources(_ program: Program, acknowledged: Bool = false) throws -> [String] {
    let question = ["unknown-senders", "--addresses", "--limit", "0", "--format", "ndjson"]
    let answer = try program.run(question + (acknowledged ? ["--acknowledged"] : [])).output
    return try answer.split(separator: "\n").compactMap { line in
      (try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["address"] as? String
    }
  }

  @Test func acknowledgedSourcesAreLeftOutUntilTheyAreAskedFor() throws {
    let program = try program()
    let before = try sources(program)
    let source = try #require(before.last)
    let added = try program.run("ack", "add", source, "--note", "asked in May")
    #expect(added.status == 0 && added.output.contains("\(source) is acknowledged: 1 source with"), "\(added)")
    #expect(try sources(program) == before.filter { $0 != source })
    #expect(try sources(program, acknowledged: true) == before)
    #expect(try program.run("unknown-senders").output.contains("1 acknowledged source not shown: --acknowledged"))
    let list = try #require(try program.json("ack", "list") as? [[String: Any]])
    #expect(list.map { $0["subject"] as? String } == [source])
    #expect(list.map { $0["note"] as? String } == ["asked in May"])
    // The verdict and all sums stay.
    #expect(try program.run("explain", source).status == 0)
    #expect(try program.run("ack", "remove", source).status == 0)
    #expect(try sources(program) == before)
  }

  @Test func whatGetsWorseComesBack() throws {
    let program = try program()
    let source = try #require(try sources(program).last)
    #expect(try program.run("ack", "add", source).status == 0)
    #expect(try !sources(program).contains(source))
    // As if it had a less serious verdict then.
    _ = try program.python(
      "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('UPDATE acknowledgement SET severity = -1'); c.commit()",
      [program.database])
    #expect(try sources(program).contains(source))
  }

  @Test func networksAreAcknowledgedAsAWhole() throws {
    let program = try program()
    #expect(try sources(program).contains { $0.hasPrefix("203.0.113.") })
    #expect(try program.run("ack", "add", "203.0.113.0/24").status == 0)
    #expect(try sources(program).allSatisfy { !$0.hasPrefix("203.0.113.") })
  }

  @Test(arguments: ["0.0.0.0/0", "::/0", "nonsense", "a b"]) func subjectsAreChecked(_ subject: String) throws {
    let program = try program()
    let result = try program.run("ack", "add", subject)
    #expect(result.status == 2 && result.errors.contains(subject), "\(result)")
  }

  @Test func whatWasNotAcknowledgedCannotBeRemoved() throws {
    let result = try program().run("ack", "remove", "203.0.113.250")
    #expect(result.status == 2 && result.errors.contains("ack list"))
  }
}
