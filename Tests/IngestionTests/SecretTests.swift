import Foundation
import Glibc
import IMAP
import Settings
import Testing

@testable import Ingestion

/// Where passwords and tokens come from.
@Suite struct SecretTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func password(_ source: SecretSource) throws -> String? {
    switch try source.read(Deadline()) {
    case .password(let text): text
    case .token(let text): "token \(text)"
    }
  }

  private func file(_ bytes: [UInt8], mode: mode_t = 0o600) throws -> SecretSource {
    let path = folder.path + "/secret"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    chmod(path, mode)
    return .file(path)
  }

  /// The kind of error, which must not repeat what was found.
  private func failure(_ source: SecretSource) -> IMAPError.Kind? {
    let error = #expect(throws: IMAPError.self) { try source.read(Deadline()) }
    #expect(error?.message.contains("hush") == false)
    return error?.kind
  }

  @Test(arguments: [
    "hush", "hush\n", "hush\r\nmore\n", "\u{feff}hush\n", "hush\rmore",
  ])
  func theFirstLineOfAFileIsTheSecret(_ text: String) throws {
    let source = try file(Array(text.utf8))
    #expect(try password(source) == "hush")
    #expect(source.known == "hush")
  }

  @Test func blanksBelongToASecret() throws { #expect(try password(file(Array(" hu sh \n".utf8))) == " hu sh ") }

  @Test(arguments: [
    [], [0x0a], [UInt8]("hush\0x".utf8), [0xff, 0xfe, 0x68, 0x00], [UInt8](repeating: 0x61, count: (64 << 10) + 1),
  ])
  func aFileWithoutASecretIsRefused(_ bytes: [UInt8]) throws { #expect(try failure(file(bytes)) == .login) }

  @Test(arguments: [0o640, 0o604, 0o620, 0o602] as [mode_t]) func aFileThatOthersCanReadIsRefused(_ mode: mode_t) throws
  {
    let source = try file(Array("hush".utf8), mode: mode)
    #expect(failure(source) == .login)
    #expect(source.known == nil)
  }

  @Test func whatIsNoFileIsRefused() {
    #expect(failure(.file(folder.path)) == .login)
    #expect(failure(.file(folder.path + "/none")) == .login)
    #expect(failure(.file("/dev/null")) == .login)
  }

  @Test func aPipeGivesItsContentOnce() throws {
    let path = folder.path + "/pipe"
    #expect(mkfifo(path, 0o600) == 0)
    // To know a secret at no cost, nothing is taken from a pipe.
    #expect(SecretSource.file(path).known == nil)
    let writer = try TestThread {
      let pipe = open(path, O_WRONLY)
      #expect(write(pipe, "hush\n", 5) == 5)
      close(pipe)
    }
    #expect(try password(.file(path)) == "hush")
    writer.join()
  }

  @Test func anEnvironmentVariableIsTakenAsItIs() throws {
    // Any that is set: to set one while other tests read some is not safe.
    let path = try #require(ProcessInfo.processInfo.environment["PATH"])
    #expect(try password(.environment("PATH")) == path)
    #expect(SecretSource.environment("PATH").known == path)
    #expect(failure(.environment("DMARCSTAT_TEST_NONE")) == .login)
  }

  // MARK: Commands

  @Test func theFirstLineThatACommandPrintsIsTheSecret() throws {
    #expect(try password(.command("echo hush; echo more")) == "hush")
    #expect(try password(.tokenCommand("printf abc")) == "token abc")
    #expect(SecretSource.command("echo hush").known == nil)
  }

  @Test(arguments: [
    "echo hush; exit 1", "echo hush; kill -9 $$", "true", "echo; echo hush", "printf 'hush\\0x\\n'",
    "head -c 65537 /dev/zero", "yes hush", "/nonexistent/program",
  ])
  func aCommandThatGivesNoSecretIsAFailure(_ command: String) { #expect(failure(.command(command)) == .login) }

  @Test func manyBytesAreTakenUpToTheBound() throws {
    let printed = try SecretCommand("head -c 65536 /dev/zero | tr '\\0' a", name: "c").run(Deadline())
    #expect(printed.utf8.count == 65_536)
  }

  @Test func standardErrorIsNotTaken() throws {
    #expect(try password(.command("echo other >&2; echo hush")) == "hush")
  }

  @Test func aCommandThatTakesTooLongIsKilledWithItsChildren() throws {
    let pids = folder.path + "/pids"
    let command = SecretCommand("sleep 10000 & echo $! $$ > '\(pids)'; wait", name: "c", timeout: 0.5)
    let error = #expect(throws: IMAPError.self) { try command.run(Deadline()) }
    #expect(error?.kind == .login)
    expectGone()
  }

  @Test func aCommandThatHasEndedIsNotKeptWaitingByItsChildren() throws {
    #expect(try SecretCommand("sleep 10000 & echo hush", name: "c").run(Deadline()) == "hush\n")
  }

  @Test func aStopKillsACommandWithItsChildren() throws {
    let stop = Deadline()
    let pids = folder.path + "/pids"
    let command = SecretCommand("sleep 10000 & echo $! $$ > '\(pids)'; wait", name: "c")
    let thread = try TestThread {
      let error = #expect(throws: IMAPError.self) { try command.run(stop) }
      #expect(error?.kind == .stopped)
    }
    while folder.content("pids")?.hasSuffix("\n") != true { usleep(500) }
    stop.stop()
    thread.join()
    expectGone()
  }

  @Test func aCommandIsNotStartedAfterAStop() throws {
    let stop = Deadline()
    stop.stop()
    let error = #expect(throws: IMAPError.self) {
      try SecretCommand("touch '\(folder.path)/started'", name: "c").run(stop)
    }
    #expect(error?.kind == .stopped)
    #expect(try folder.names().isEmpty)
  }

  @Test func aStopAtAnyMomentLeavesNoCommandBehind() throws {
    for _ in 0..<20 {
      let stop = Deadline()
      let command = SecretCommand("echo $$ > '\(folder.path)/pids'; exec sleep 10000", name: "c")
      let stopper = try TestThread { stop.stop() }
      let error = #expect(throws: IMAPError.self) { try command.run(stop) }
      #expect(error?.kind == .stopped)
      stopper.join()
      expectGone()
    }
  }

  /// Waits until none of the processes in the file lives. Those that were killed are first seen as such by their new parent.
  private func expectGone() {
    let pids = folder.content("pids")?.split(whereSeparator: \.isWhitespace).compactMap { pid_t($0) } ?? []
    for pid in pids {
      while kill(pid, 0) == 0 {
        let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        if status?.split(separator: ")").last?.hasPrefix(" Z") ?? true { break }
        usleep(500)
      }
    }
  }
}
