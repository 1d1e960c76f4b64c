import Foundation
import Testing

/// The built program, run as by a user, in a folder that is deleted at the end of the test.
final class Program {
  struct Result {
    var status: Int32
    var output: String
    var errors: String
  }

  let folder: String
  var database: String { folder + "/reports.sqlite" }
  private var config: String?

  /// Root of the checkout.
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
  static let samples = root + "/reports-sample"
  static let binary: String = {
    let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path + "/dmarcstat"
    return FileManager.default.isExecutableFile(atPath: beside) ? beside : root + "/.build/debug/dmarcstat"
  }()

  /// Whether long tests run in full (`scripts/test --long`).
  static let isLong = ProcessInfo.processInfo.environment["DMARCSTAT_LONG"] == "1"

  init(withSampleConfiguration: Bool = false) throws {
    folder = NSTemporaryDirectory() + "dmarcstat-e2e-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    config = withSampleConfiguration ? Self.samples + "/dmarcstat.yaml" : nil
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func process(_ arguments: [String], environment: [String: String] = [:]) -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.binary)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: Self.root)
    var variables = ["HOME": folder, "PATH": "/usr/bin:/bin", "DMARCSTAT_DATABASE": database, "TMPDIR": folder]
    if let config { variables["DMARCSTAT_CONFIG"] = config }
    process.environment = variables.merging(environment) { $1 }
    return process
  }

  func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Result {
    try run(arguments, environment: environment)
  }

  func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Result {
    try Self.finish(process(arguments, environment: environment))
  }

  /// Runs the program to its end. Output goes through files, so that no pipe can fill up.
  static func finish(_ process: Process, input: String? = nil) throws -> Result {
    let base = NSTemporaryDirectory() + UUID().uuidString
    defer { for suffix in [".out", ".err"] { try? FileManager.default.removeItem(atPath: base + suffix) } }
    for suffix in [".out", ".err"] { _ = FileManager.default.createFile(atPath: base + suffix, contents: nil) }
    process.standardOutput = FileHandle(forWritingAtPath: base + ".out")
    process.standardError = FileHandle(forWritingAtPath: base + ".err")
    process.standardInput = input.map { FileHandle(forReadingAtPath: $0) } ?? FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    func text(_ suffix: String) -> String {
      String(decoding: FileManager.default.contents(atPath: base + suffix) ?? Data(), as: UTF8.self)
    }
    return Result(status: process.terminationStatus, output: text(".out"), errors: text(".err"))
  }

  /// Runs a Python script with Debian's interpreter.
  func python(_ script: String, _ arguments: [String] = []) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = ["-c", script] + arguments
    return try Self.finish(process)
  }

  func write(_ name: String, _ text: String) throws -> String {
    let path = folder + "/" + name
    try FileManager.default.createDirectory(
      at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// Decoded JSON output.
  func json(_ arguments: String...) throws -> Any {
    let result = try run(arguments + ["--format", "json"])
    return try JSONSerialization.jsonObject(with: Data(result.output.utf8))
  }

  func totals() throws -> [String: Int] {
    let rows = try #require(try json("db", "info") as? [[String: Any]])
    return try #require(rows.first).compactMapValues { $0 as? Int }
  }
}
