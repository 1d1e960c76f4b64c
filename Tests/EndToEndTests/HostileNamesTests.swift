import Testing

/// Names that strangers choose, in every command and output format.
@Suite struct HostileNamesTests {
  @Test(arguments: ["senders", "attachments", "members", "files"])
  func namesAreHarmlessInEveryFormat(_ kind: String) throws {
    let program = try Program()
    let script = try OddInputTests.script("hostile_names.py")
    let result = try program.python(script, [Program.binary, program.folder, kind])
    #expect(result.status == 0)
    #expect(result.output.hasSuffix(" answers, 0 faults\n"), "\(result.output)\(result.errors)")
  }
}
