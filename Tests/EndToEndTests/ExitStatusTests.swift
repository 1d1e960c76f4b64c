import ArgumentParser
import DMARC
import IMAP
import Testing

@testable import dmarcstat

/// Every cause has the exit status that `dmarcstat --help` documents.
@Suite struct ExitStatusTests {
  private struct Unforeseen: Error {}

  @Test func unknownErrorsNeverEndWithSuccess() {
    #expect(CommandError(Unforeseen()) == nil)
    #expect(Dmarcstat.status(ofParserError: Unforeseen()) == .unexpected)
    #expect(Dmarcstat.status(ofParserError: ValidationError("no")) == .usage)
    #expect(Dmarcstat.status(ofParserError: CleanExit.message("help")) == .success)
  }

  @Test func inputAndServerErrorsHaveTheStatusOfASource() {
    #expect(CommandError(InputError(.empty, "it is empty"))?.status == .source)
    #expect(CommandError(InputError(.unreadable, "no room", remedy: .freeTemporarySpace))?.status == .output)
    #expect(CommandError(IMAPError(.login, .startTLSNotOffered))?.status == .source)
  }

  @Test func theHelpDocumentsEveryStatus() throws {
    let help = try Program().run("--help").output
    for status in [ExitStatus.success, .incomplete, .usage, .source, .database, .output, .unexpected] {
      #expect(help.contains("\n  \(status.rawValue)  "), "\(status)")
    }
  }

  @Test func takenNameIsAUsageError() throws {
    let program = try Program()
    let config = try program.write(
      "config.yaml", "known_senders:\n  - {name: Mine, kind: own, addresses: [192.0.2.1]}\n")
    #expect(try program.run("ingest", "--config", config, Program.samples).status < 2)
    let add = ["senders", "add", "Mine", "--kind", "own", "--address", "192.0.2.2"]
    let taken = try program.run(add + ["--config", config])
    #expect((taken.status, taken.errors.contains("already declared by the configuration")) == (2, true))
    let removed = try program.run("senders", "remove", "Mine", "--config", config)
    #expect((removed.status, removed.errors.contains("change or remove it there")) == (2, true))
    // Conversely, a sender in the database conflicts with the configuration.
    let other = try Program()
    #expect(try other.run("ingest", Program.samples).status < 2)
    #expect(try other.run(add).status == 0)
    let clash = try other.run("ingest", "--config", config, Program.samples)
    #expect((clash.status, clash.errors.contains("dmarcstat senders remove")) == (2, true))
  }

  @Test func backupRequiresANewFile() throws {
    let program = try Program()
    #expect(try program.run("ingest", Program.samples).status < 2)
    let copy = program.folder + "/copy.sqlite"
    #expect(try program.run("db", "backup", copy).status == 0)
    let again = try program.run("db", "backup", copy)
    #expect((again.status, again.errors.contains("\(copy): this file already exists")) == (2, true))
    let nowhere = program.folder + "/missing/copy.sqlite"
    let failed = try program.run("db", "backup", nowhere)
    #expect((failed.status, failed.errors.contains(nowhere)) == (5, true), "\(failed.errors)")
  }

  @Test(arguments: [
    ["show", "domain", "exa mple.com"], ["show", "domain", "example..com"], ["readiness", "exa mple.com"],
    ["senders", "spf", "example..com"], ["summary", "--domain", ""], ["summary", "--domain", "exa mple.com"],
  ]) func mistypedDomainIsAUsageError(_ arguments: [String]) throws {
    let program = try Program()
    #expect(try program.run("ingest", Program.samples).status < 2)
    let result = try program.run(arguments)
    #expect(result.status == 2, "\(result.errors)")
    #expect(result.errors.contains("is not a valid domain name"), "\(result.errors)")
  }
}
