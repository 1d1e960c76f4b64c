import Testing

/// Untrusted names in every command and output format.
@Suite struct HostileNamesTests {
  /// Names of senders, attachments, archive members and files: all in one database, or each in its own in the long form.
  @Test(arguments: Program.isLong ? ["senders", "attachments", "members", "files"] : ["all"])
  func namesAreHarmlessInEveryFormat(_ kind: String) throws {
    let program = try Program()
    let script = try OddInputTests.script("hostile_names.py")
    let result = try program.python(script, [Program.binary, program.folder, kind])
    #expect(result.status == 0)
    #expect(result.output.hasSuffix(" answers, 0 faults\n"), "\(result.output)\(result.errors)")
  }
}
