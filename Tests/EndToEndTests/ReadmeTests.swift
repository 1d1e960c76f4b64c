import Foundation
import Testing

/// The commands in both READMEs print what is shown below them.
@Suite struct ReadmeTests {
  private struct Example {
    var command: Substring
    var lines: [Substring] = []
  }

  /// Commands after `$`, each with the lines below it.
  private func examples(in document: String) throws -> [Example] {
    let text = try String(contentsOfFile: Program.root + "/" + document, encoding: .utf8)
    var examples: [Example] = []
    for line in text.split(separator: "\n") {
      // The table of commands follows the examples.
      if line.hasPrefix("| ") { break }
      guard line.hasPrefix("    ") else { continue }
      let shown = line.dropFirst(4)
      if shown.hasPrefix("$ ") {
        examples.append(Example(command: shown.dropFirst(2)))
      } else if !examples.isEmpty {
        examples[examples.count - 1].lines.append(shown)
      }
    }
    return examples
  }

  /// The first shown line that is not in its place in the output: `...` stands for any lines, and all others must
  /// follow each other.
  private func missing(_ shown: [Substring], in output: [Substring]) -> Substring? {
    var rest = output[...]
    var mayLeaveOut = false
    for line in shown {
      if line == "..." {
        mayLeaveOut = true
        continue
      }
      let index = mayLeaveOut ? rest.firstIndex(of: line) : rest.first == line ? rest.startIndex : nil
      guard let index else { return line }
      rest = rest[(index + 1)...]
      mayLeaveOut = false
    }
    return mayLeaveOut || rest.isEmpty ? nil : "(the end)"
  }

  /// A shell in the checkout, with the program in its path.
  private func shell(_ program: Program, _ command: String) throws -> Program.Result {
    let process = program.process([])
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    process.environment?["PATH"] =
      URL(fileURLWithPath: Program.binary).deletingLastPathComponent().path + ":/usr/bin:/bin"
    return try Program.finish(process)
  }

  @Test(arguments: [("README.md", 4), ("README.ja.md", 3)])
  func examplesPrintWhatIsShown(_ document: String, _ count: Int) throws {
    let program = try Program()
    let examples = try examples(in: document)
    #expect(examples.filter { $0.command.hasPrefix("dmarcstat ") }.count >= count)
    var settings = ""
    for example in examples {
      if example.command.hasPrefix("export ") {
        settings += example.command + "\n"
        continue
      }
      let result = try shell(program, settings + example.command + " 2>&1")
      #expect([0, 1, 7].contains(result.status), "\(example.command): \(result.output)")
      // How long it took differs, and empty lines are left out here.
      let output = result.output.replacing(/[0-9]+\.[0-9] s\b/, with: "0.1 s").split(separator: "\n")
        .map { $0.replacing(/\s+$/, with: "")[...] }.filter { !$0.isEmpty }
      if let line = missing(example.lines, in: output) {
        Issue.record("\(document): \(example.command): \(line)\n\(result.output)")
      }
    }
  }

  /// The first commands that a new user of the package runs, which the READMEs show without output.
  @Test(arguments: ["README.md", "README.ja.md"]) func firstCommandsWork(_ document: String) throws {
    let program = try Program()
    try FileManager.default.copyItem(atPath: Program.samples, toPath: program.folder + "/dmarc-reports")
    let text = try String(contentsOfFile: Program.root + "/" + document, encoding: .utf8)
    let commands = text.matches(of: /(?m)^    (dmarcstat .*)$/).map { String($0.1) }
    #expect(commands.count == 3)
    for command in commands {
      let result = try shell(program, command)
      #expect(result.status == (command.contains("ingest") ? 1 : 0) && !result.output.isEmpty, "\(command): \(result)")
    }
  }

  /// The picture at the top shows the page that the program writes today.
  @Test func picturesShowThePage() throws {
    for (document, image) in [("README.md", "docs/images/review.png"), ("README.ja.md", "docs/images/review.ja.png")] {
      let text = try String(contentsOfFile: Program.root + "/" + document, encoding: .utf8)
      let beginning = try #require(text.firstRange(of: "\n## "))
      #expect(text[..<beginning.lowerBound].contains(image))
      let picture = try Data(contentsOf: URL(fileURLWithPath: Program.root + "/" + image))
      #expect(picture.starts(with: [0x89, 0x50, 0x4e, 0x47]) && picture.count < 300_000)
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.root + "/scripts/picture")
    process.arguments = ["--binary", Program.binary, "--check"]
    process.environment = ["PATH": "/usr/bin:/bin", "HOME": NSTemporaryDirectory()]
    let result = try Program.finish(process)
    #expect(result.status == 0, "\(result.errors)")
  }
}
