package import DMARC
package import Verdict

/// What a new configuration says. Its other keys are examples in comments.
package struct ConfigurationDraft: Sendable {
  /// Own domains.
  package var domains: [DomainName] = []
  /// Files and folders with reports; absolute paths.
  package var sources: [String] = []
  /// A mailbox with reports.
  package var account: Account?
  /// Path of the database; nil for an example in a comment.
  package var database: String?
  /// The language of explanations, and of the comments.
  package var language: Language

  /// An account on an IMAP server.
  package struct Account: Sendable {
    package var server = ""
    package var port: Int?
    /// A value of `tls`; nil for the default.
    package var security: String?
    package var user = ""
    /// The key and the value of the secret, such as `password_file`; nil for the default variable.
    package var secret: (key: String, value: String)?
    /// A PEM file.
    package var authorities: String?
    package var folders = ["INBOX"]
    /// A value of `after`; nil for the default.
    package var after: String?

    package init() {}
  }

  /// A draft that says only the language.
  package init(language: Language) { self.language = language }

  /// The text of the file.
  package var text: String {
    var sample = SampleConfiguration(language)
    if let database { sample.set("database", ["database: \(YAMLScalar(database))"]) }
    if !sources.isEmpty { sample.set("sources", ["sources: [\(Self.list(sources))]"]) }
    if let account { sample.set("accounts", ["accounts:"] + Self.lines(account)) }
    if !domains.isEmpty { sample.set("own_domains", ["own_domains: [\(Self.list(domains.map(\.name)))]"]) }
    sample.set("lang", ["lang: \(language.rawValue)"])
    return sample.text
  }

  /// What the program reads in the file.
  /// - Parameter path: that of the file, for errors.
  /// - Throws: ``SettingsError`` if a value is not valid.
  package func configuration(_ path: String) throws -> Configuration { try Configuration.parse(text, path: path) }

  private static func list(_ values: [String]) -> String { values.map { "\(YAMLScalar($0))" }.joined(separator: ", ") }

  private static func lines(_ account: Account) -> [String] {
    var lines = ["  - name: reports", "    server: \(YAMLScalar(account.server))"]
    if let port = account.port { lines.append("    port: \(port)") }
    if let security = account.security { lines.append("    tls: \(security)") }
    if let authorities = account.authorities { lines.append("    ca_file: \(YAMLScalar(authorities))") }
    lines.append("    user: \(YAMLScalar(account.user))")
    if let secret = account.secret { lines.append("    \(secret.key): \(YAMLScalar(secret.value))") }
    lines.append("    folders: [\(list(account.folders))]")
    if let after = account.after { lines.append("    after: \(YAMLScalar(after))") }
    return lines
  }
}

/// The sample configuration: every key, with a comment in one of the languages, and an example that is commented out.
package struct SampleConfiguration {
  private var lines: [Substring]

  /// The sample in a language.
  package init(_ language: Language) {
    let file =
      switch language {
      case .english: PackageResources.config_en_yaml
      case .japanese: PackageResources.config_ja_yaml
      }
    lines = String(decoding: file, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// The text of the file.
  package var text: String { lines.joined(separator: "\n") }

  /// Puts lines in the place of the example of a key.
  mutating func set(_ key: String, _ values: [String]) {
    guard let start = lines.firstIndex(where: { $0.hasPrefix("#\(key):") }) else { return }
    let end = lines[(start + 1)...].firstIndex { !$0.hasPrefix("#  ") } ?? lines.endIndex
    lines.replaceSubrange(start..<end, with: values.map { $0[...] })
  }
}

/// Text as a scalar of YAML: in single quotes, unless no reader could take it for anything but this text.
struct YAMLScalar: CustomStringConvertible {
  let description: String

  /// - Parameter text: without hidden characters, such as line ends.
  init(_ text: String) {
    let isPlain =
      text.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x61...0x7a).contains($0 | 0x20) || "/_.@-".utf8.contains($0)
      } && text.utf8.first.map { $0 == UInt8(ascii: "/") || (0x61...0x7a).contains($0 | 0x20) } ?? false
      && !Self.reserved.contains(text.lowercased())
    description = isPlain ? text : "'\(text.replacing("'", with: "''"))'"
  }

  /// What YAML 1.1 takes for a flag, nothing or a number.
  private static let reserved: Set = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"]
}
