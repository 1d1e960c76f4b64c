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
