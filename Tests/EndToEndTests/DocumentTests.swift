import Foundation
import Testing

/// The configuration examples in the documents are valid, and the linked files exist.
@Suite struct DocumentTests {
  @Test(arguments: ["README.md", "docs/imap.md"])
  func configurationsAreValid(_ document: String) throws {
    let program = try Program()
    let configurations = try codeBlocks(of: document).filter { $0.contains("accounts:\n") }
    #expect(configurations.count == (document == "README.md" ? 1 : 4))
    for (number, configuration) in configurations.enumerated() {
      let path = try program.write("\(number).yaml", configuration)
      let result = try program.run("accounts", "list", "--config", path, "--format", "json")
      #expect(result.status == 0, "\(configuration)\n\(result.errors)")
      let accounts = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [Any]
      #expect(accounts?.count == 1, "\(configuration)")
    }
  }

  /// The configuration of README.ja.md has no accounts.
  @Test func japaneseConfigurationIsValid() throws {
    let program = try Program()
    let configuration = try #require(try codeBlocks(of: "README.ja.md").last { $0.contains("known_senders:\n") })
    let path = try program.write("ja.yaml", configuration)
    let result = try program.run("accounts", "list", "--config", path)
    #expect(result.status == 0, "\(result.errors)")
  }

  /// Commands and options in the documents, in blocks and in sentences, exist.
  @Test func commandsAndOptionsExist() throws {
    let program = try Program()
    var pages: [[String]: String?] = [:]
    /// The help of a command of one or two words.
    func help(_ words: [String]) throws -> String? {
      for length in [2, 1] where words.count >= length {
        let command = Array(words.prefix(length))
        if pages[command] == nil {
          let result = try program.run(command + ["--help"])
          pages[command] = .some(result.status == 0 ? result.output : nil)
        }
        if let page = pages[command] ?? nil { return page }
      }
      return nil
    }
    var count = 0
    for document in try markdownFiles() where !document.hasPrefix("docs/decisions/") && document != "CHANGELOG.md" {
      let text = try text(of: document).replacing(/\\\n */, with: "").replacing("sudo -u dmarcstat ", with: "")
      let named = text.matches(of: /(?:`|(?m:^) {4}(?:\$ )?)dmarcstat ([a-z][^`\n|;#]*)/).map { ($0.1, true) }
      // In sentences, the name of the program is often left out.
      let unnamed = text.matches(of: /`([a-z-]+(?: [a-z-]+)? --[^`|;]*)`/).map { ($0.1, false) }
      for (command, isNamed) in named + unnamed {
        let words = command.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let page = try help(words.prefix { !$0.hasPrefix("-") }.map { $0 }) else {
          if isNamed { Issue.record("\(document): there is no command \(command)") }
          continue
        }
        for option in words.filter({ $0.hasPrefix("--") }).compactMap({ $0.firstMatch(of: /^--[a-z-]+/) }) {
          count += 1
          #expect(page.contains(option.0), "\(document): \(command): \(option.0)")
        }
      }
    }
    #expect(count > 100)
  }

  @Test func linkedFilesExist() throws {
    let documents = try markdownFiles()
    #expect(documents.count > 25)
    for document in documents {
      let folder = URL(fileURLWithPath: Program.root + "/" + document).deletingLastPathComponent().path
      for match in try text(of: document).matches(of: /\]\(([^)#:]+)(?:#[^)]*)?\)/) {
        let path = folder + "/" + match.1
        #expect(FileManager.default.fileExists(atPath: path), "\(document) links to \(match.1)")
      }
    }
  }

  private func text(of document: String) throws -> String {
    try String(contentsOfFile: Program.root + "/" + document, encoding: .utf8)
  }

  /// The blocks of lines that are indented by four spaces, without the indentation.
  private func codeBlocks(of document: String) throws -> [String] {
    var blocks = [""]
    for line in try text(of: document).split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("    ") {
        blocks[blocks.count - 1] += line.dropFirst(4) + "\n"
      } else if blocks.last != "" {
        blocks.append("")
      }
    }
    return blocks
  }

  private func markdownFiles() throws -> [String] {
    let folders = ["", "docs/", "docs/decisions/", "docs/recipes/", "reports-sample/", "Benchmarks/", "Schemas/"]
    return try folders.flatMap { folder in
      try FileManager.default.contentsOfDirectory(atPath: Program.root + "/" + folder)
        .filter { $0.hasSuffix(".md") }.map { folder + $0 }
    }
  }
}
