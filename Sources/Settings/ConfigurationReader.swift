import DMARC
import Yams

/// Reads nodes of the configuration, with errors that name file and line.
package struct ConfigurationReader {
  let path: String

  func failure(_ node: Node, _ problem: String) -> SettingsError {
    SettingsError(file: path, line: node.mark?.line, problem)
  }

  /// A path from the configuration, which is relative to the folder of the configuration file.
  /// - Throws: ``SettingsError`` if it begins with `~` and HOME is not set.
  func relative(_ text: String) throws -> String {
    let text = try HomeFolder.expanding(text)
    if text.hasPrefix("/") { return text }
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    return folder.isEmpty && !path.hasPrefix("/") ? text : folder + "/" + text
  }

  /// Reads a mapping, key by key in the order of the file.
  /// - Throws: ``SettingsError`` for a key that `Key` does not have, and any error of `body`.
  func fields<Key: RawRepresentable<String> & CaseIterable>(
    of node: Node, _: Key.Type, _ body: (Key, Node) throws -> Void
  ) throws {
    guard let mapping = node.mapping else { throw failure(node, "expected a mapping of keys to values") }
    let known = Key.allCases.map(\.rawValue)
    for (keyNode, value) in mapping {
      guard let key = keyNode.string.flatMap(Key.init) else {
        let text = keyNode.string ?? ""
        let nearest = known.min { EditDistance.between($0, text) < EditDistance.between($1, text) } ?? ""
        let what =
          Self.isMisspelt(text, nearest, known) ? "unknown key \"\(text)\"" : "unknown key"
        throw failure(keyNode, "\(what); did you mean \"\(nearest)\"? Known keys: \(known.joined(separator: ", "))")
      }
      try body(key, value)
    }
  }

  /// Whether a key is similar enough to a known one to be printed. If a colon or the space after it is missing, the key
  /// contains the value, which may be a secret.
  private static func isMisspelt(_ text: String, _ nearest: String, _ known: [String]) -> Bool {
    // No key contains a space or punctuation: in a text that does, the rest is a value.
    guard text.utf8.allSatisfy({ (0x61...0x7a).contains($0 | 0x20) || $0 == 0x5f || $0 == 0x2d }) else { return false }
    let isPart = text.count >= 4 && known.contains { $0.hasPrefix(text) }
    return isPart || EditDistance.between(nearest, text) <= max(1, text.count / 4)
  }

  func string(_ node: Node) throws -> String {
    guard let text = node.scalar?.string else { throw failure(node, "expected a string") }
    return text
  }

  func after(_ node: Node) throws -> FileCleanup {
    guard let action = FileCleanup(try string(node)) else {
      throw failure(node, "`after` must be keep, delete or move:FOLDER")
    }
    if case .move(let folder) = action { return .move(try relative(folder)) }
    return action
  }

  func list(_ node: Node) throws -> [Node] {
    guard let sequence = node.sequence else { throw failure(node, "expected a list") }
    return Array(sequence)
  }

  func strings(_ node: Node) throws -> [String] {
    node.scalar != nil ? [try string(node)] : try list(node).map(string)
  }

  func number(_ node: Node) throws -> Int {
    guard let number = node.int, number > 0 else { throw failure(node, "expected a positive integer") }
    guard number <= Self.maxNumber else { throw failure(node, "expected a number up to \(Self.maxNumber)") }
    return number
  }

  /// A petabyte in bytes, or 30 million years in seconds: a larger number is a mistake.
  private static let maxNumber = 1_000_000_000_000_000

  func limits(_ node: Node, _ limits: inout Limits) throws {
    try fields(of: node, Limits.Code.self) { key, value in limits[key] = Int64(try number(value)) }
  }
}
