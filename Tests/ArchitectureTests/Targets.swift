import Foundation

/// The targets of the package with their imports, from three sources that must agree.
enum Targets {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Modules of the toolchain, which every target may import.
  private static let system: Set<String> = ["Dispatch", "Foundation", "Glibc", "Synchronization"]

  /// What the files of each target import, except modules of the toolchain.
  static func imported() throws -> [String: Set<String>] {
    let sources = root.appendingPathComponent("Sources")
    var result: [String: Set<String>] = [:]
    for target in try FileManager.default.contentsOfDirectory(atPath: sources.path) {
      let folder = sources.appendingPathComponent(target)
      let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects ?? []
      var modules: Set<String> = []
      for case let file as URL in files where file.pathExtension == "swift" {
        modules.formUnion(imports(in: try String(contentsOf: file, encoding: .utf8)))
      }
      result[target] = modules.subtracting(system)
    }
    return result
  }

  /// The modules that a source file imports, with any access level, completely or only one declaration.
  static func imports(in source: String) -> Set<String> {
    let line =
      /^[ \t]*(?:@\w+(?:\([^)]*\))?[ \t]+)*(?:(?:public|package|internal|fileprivate|private)[ \t]+)?import[ \t]+(?:(?:struct|class|enum|protocol|typealias|func|let|var)[ \t]+)?(\w+)/
      .anchorsMatchLineEndings()
    return Set(source.matches(of: line).map { String($0.output.1) })
  }

  /// The rows of the table in docs/architecture.md, from the bottom up: a target or several with the same imports.
  static func documented() throws -> [(targets: [String], imports: Set<String>)] {
    let text = try String(contentsOf: root.appendingPathComponent("docs/architecture.md"), encoding: .utf8)
    return text.split(separator: "\n").drop { !$0.hasPrefix("| target |") }.dropFirst(2).prefix { $0.hasPrefix("|") }
      .map { line in
        let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
        let names = cells.map { $0.matches(of: /`(\w+)`/).map { String($0.output.1) } }
        return (names.first ?? [], Set(names.last ?? []))
      }
  }

  /// The dependencies that Package.swift declares for each target, products of other packages included.
  static func declared() throws -> [String: Set<String>] {
    let text = try String(contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8)
    var result: [String: Set<String>] = [:]
    for match in text.matches(of: /\.(?:target|executableTarget|systemLibrary)\(\s*name: "(\w+)"/) {
      let rest = text[match.range.upperBound...]
      let end = rest.firstMatch(of: /\n    \.\w+\(/)?.range.lowerBound ?? rest.endIndex
      // Targets that only serve tests are not part of the architecture.
      guard !rest[..<end].contains("path: \"Tests/") else { continue }
      let dependencies = list(after: "dependencies: ", in: rest[..<end])
      let names = dependencies.replacing(/package: "[^"]*"/, with: "").matches(of: /"(\w+)"/)
      result[String(match.output.1)] = Set(names.map { String($0.output.1) })
    }
    return result
  }

  /// The text between the brackets that follow a label; empty if there is no such label.
  private static func list(after label: String, in text: Substring) -> String {
    guard let start = text.firstRange(of: label + "[") else { return "" }
    var depth = 1
    return String(
      text[start.upperBound...].prefix { character in
        if character == "[" { depth += 1 }
        if character == "]" { depth -= 1 }
        return depth > 0
      })
  }
}
