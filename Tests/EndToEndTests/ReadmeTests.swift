import Foundation
import Testing

/// The commands in both READMEs print what is shown below them.
@Suite struct ReadmeTests {
  private struct Example {
    var command: [String]
    var lines: [Substring] = []
  }

  /// Commands after `$`, without remarks in brackets or after `#`, each with the lines below it.
  private func examples(in document: String) throws -> [Example] {
    let text = try String(contentsOfFile: Program.root + "/" + document, encoding: .utf8)
    var examples: [Example] = []
    for line in text.split(separator: "\n") {
      guard line.hasPrefix("    ") else {
        if examples.last?.command.isEmpty == false { examples.append(Example(command: [])) }
        continue
      }
      let shown = line.dropFirst(4)
      if shown.hasPrefix("$ dmarcstat ") {
        let command = shown.dropFirst("$ dmarcstat ".count).prefix { $0 != "#" && $0 != "(" }
        examples.append(Example(command: command.split(separator: " ").map(String.init)))
      } else if examples.last?.command.isEmpty == false {
        examples[examples.count - 1].lines.append(shown)
      }
    }
    return examples.filter { !$0.command.isEmpty }
  }

  /// Whether the words of a shown line are in a printed one, in order: columns may be left out, and `...` stands for the rest. Text may
  /// be wrapped in another way.
  private func isPrinted(_ line: Substring, in output: [Substring]) -> Bool {
    let words = line.split(separator: " ").filter { $0 != "..." }
    let whole = output.joined(separator: " ").split(separator: " ")
    if whole.indices.contains(where: { whole[$0...].starts(with: words) }) { return true }
    return output.contains { printed in
      var rest = printed.split(separator: " ")[...]
      for word in words {
        guard let index = rest.firstIndex(of: word) else { return false }
        rest = rest[(index + 1)...]
      }
      return true
    }
  }

  @Test(arguments: [("README.md", 4), ("README.ja.md", 3)])
  func examplesPrintWhatIsShown(_ document: String, _ count: Int) throws {
    let program = try Program(withSampleConfiguration: true)
    let examples = try examples(in: document)
    #expect(examples.count >= count)
    for example in examples {
      let result = try program.run(example.command)
      #expect([0, 1, 7].contains(result.status), "\(example.command): \(result.errors)")
      // How long it took differs.
      let output = result.output.replacing(/[0-9]+\.[0-9] s\b/, with: "0.1 s").split(separator: "\n")
      for line in example.lines {
        #expect(isPrinted(line, in: output), "\(document): \(example.command): \(line)\n\(result.output)")
      }
    }
  }
}
