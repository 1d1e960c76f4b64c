import Foundation
import Testing

/// The sources of the libraries do not mention options, keys and commands of the program.
@Suite struct LayerWordsTests {
  private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources")

  /// Words that only the program may use: options, configuration keys and commands.
  private static let foreignWords = [
    "--max-", "--database", "`tls:", "`auth:", "ca_file", "token_command", "password_file", "`dmarcstat ",
  ]

  @Test(arguments: ["DMARC", "ReportXML", "Intake", "IMAP", "Store", "Lookup"])
  func librariesNameNoOptionKeyOrCommand(_ library: String) throws {
    let folder = Self.sources.appending(path: library)
    let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    var read = 0
    for case let file as URL in files where file.pathExtension == "swift" {
      read += 1
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
      for (number, line) in lines.enumerated() {
        let code = line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line
        for word in Self.foreignWords where code.contains(word) {
          Issue.record("\(library)/\(file.lastPathComponent):\(number + 1) says \(word)")
        }
      }
    }
    #expect(read > 0)
  }
}
