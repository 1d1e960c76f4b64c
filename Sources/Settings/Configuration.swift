import DMARC
import Foundation
import Verdict
import Yams

/// The contents of the configuration file. An unknown key is an error that names its line and the most similar known
/// key.
package struct Configuration {
  /// Path of the database; nil for the default.
  package var database: String?
  /// Files and folders that `ingest` reads if the command line names no source.
  package var sources: [String] = []
  /// IMAP accounts that `ingest` reads if the command line names no source.
  package var accounts: [MailAccount] = []
  /// Limits on inputs.
  package var limits = Limits()
  /// Cleanup of files whose reports are stored.
  package var after = FileCleanup.keep
  /// The declared senders; nil if the file has no such key, so that the senders in the database stay as they are.
  package var knownSenders: [KnownSender]?

  /// Own domains, in addition to the policy domains of reports.
  package var ownDomains: [DomainName] = []
  /// Default domains with which a mailbox provider signs the operator's messages.
  package var ownTenants: [DomainName] = []
  /// Path of a table of infrastructure that extends the built-in one.
  package var infrastructure: String?
  /// Paths of MaxMind DB files with networks and countries.
  package var geoip: [String] = []
  /// Thresholds of the rules.
  package var thresholds = Thresholds()
  /// Settings for DNS lookups.
  package var dns = DNSSettings()
  /// Hosts whose Authentication-Results fields are trusted (RFC 8601): the authserv-ids of the operator's mail servers.
  package var trustedHosts: [DomainName] = []
  /// Language of explanations; nil for the language of the locale.
  package var language: Language?

  /// The defaults, without a configuration file.
  package init() {}

  /// Settings for DNS lookups.
  package struct DNSSettings {
    /// Name servers, `address` or `address:port`, separated by commas; nil for those of the system.
    package var resolver: String?
    /// Path of a zone file that is used instead of name servers.
    package var zone: String?
    /// Maximum seconds for one answer.
    package var timeout = 3
    /// Maximum seconds for all lookups of a run.
    package var roundSeconds = 300
    /// Whether `ingest` looks up new addresses and names.
    package var refreshesOnIngest = false
  }

  /// Loads the named file, or the first of the default ones that exists; without one, returns the defaults.
  /// - Throws: ``SettingsError`` if the file cannot be read or is not valid.
  package static func load(named: String?) throws -> Configuration {
    let environment = ProcessInfo.processInfo.environment
    if let path = named ?? environment["DMARCSTAT_CONFIG"].flatMap({ $0.isEmpty ? nil : $0 }) {
      return try read(path)
    }
    let home = HomeFolder.folder("XDG_CONFIG_HOME", default: ".config").map { [$0 + "/dmarcstat/config.yaml"] } ?? []
    for path in home + ["/etc/dmarcstat/config.yaml"]
    where FileManager.default.fileExists(atPath: path) {
      return try read(path)
    }
    return Configuration()
  }

  static func read(_ path: String) throws -> Configuration {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw SettingsError(
        file: path, "the configuration cannot be read: check that it exists and that you may read it")
    }
    return try parse(String(decoding: data, as: UTF8.self), path: path)
  }

  static func parse(_ text: String, path: String) throws -> Configuration {
    var configuration = Configuration()
    do {
      guard let root = try Yams.compose(yaml: text) else { return configuration }
      let file = ConfigurationReader(path: path)
      try file.fields(of: root, Key.self) { key, node in
        switch key {
        case .database: configuration.database = try file.relative(try file.string(node))
        case .sources: configuration.sources = try file.strings(node).map { try file.relative($0) }
        case .accounts: configuration.accounts = try file.accounts(node)
        case .after: configuration.after = try file.after(node)
        case .limits: try file.limits(node, &configuration.limits)
        case .ownDomains: configuration.ownDomains = try file.domains(node)
        case .ownTenants: configuration.ownTenants = try file.domains(node)
        case .infrastructure: configuration.infrastructure = try file.relative(try file.string(node))
        case .geoip: configuration.geoip = try file.strings(node).map { try file.relative($0) }
        case .trustedHosts: configuration.trustedHosts = try file.hosts(node)
        case .thresholds: try file.thresholds(node, &configuration.thresholds)
        case .dns: try file.dns(node, &configuration.dns)
        case .lang: configuration.language = try file.language(node)
        case .knownSenders: configuration.knownSenders = try file.list(node).map { try file.sender($0) }
        }
      }
      try file.checkUnique((configuration.knownSenders ?? []).map(\.name))
    } catch let error as YamlError {
      throw SettingsError(file: path, "this is not valid YAML: \(error.withoutQuotation)")
    }
    return configuration
  }

  /// The keys of the file.
  private enum Key: String, CaseIterable {
    case database, sources, accounts, after, limits
    case knownSenders = "known_senders"
    case ownDomains = "own_domains"
    case ownTenants = "own_tenants"
    case infrastructure, geoip
    case trustedHosts = "trusted_hosts"
    case thresholds, dns, lang
  }

  /// The account with a name.
  /// - Throws: ``SettingsError`` that lists the existing accounts.
  package func account(named name: String) throws(SettingsError) -> MailAccount {
    if let account = accounts.first(where: { $0.name == name }) { return account }
    let known = accounts.isEmpty ? "none" : accounts.map(\.name).joined(separator: ", ")
    throw SettingsError("there is no account \"\(name)\" in the configuration; known accounts: \(known)")
  }
}

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

  private enum SenderKey: String, CaseIterable {
    case name, kind, addresses, domains, hosts, asns
  }

  func sender(_ node: Node) throws -> KnownSender {
    var sender = KnownSender(name: "", kind: .service)
    try fields(of: node, SenderKey.self) { key, value in
      switch key {
      case .name: sender.name = try string(value)
      case .kind:
        guard let kind = KnownSender.Kind(rawValue: try string(value)) else {
          throw failure(
            value, "`kind` must be one of \(KnownSender.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        sender.kind = kind
      case .addresses:
        sender.networks = try strings(value).map { text in
          guard let network = CIDR(text) else {
            throw failure(value, "\"\(text)\" is not a valid IP address or network")
          }
          return network
        }
      case .hosts: sender.hosts = try domains(value)
      case .asns: sender.asns = try strings(value).map { try asn($0, value) }
      case .domains: sender.domains = try domains(value)
      }
    }
    if sender.name.isEmpty { throw failure(node, "a known sender needs a name") }
    if sender.isUnrecognisable {
      throw failure(node, "\"\(sender.name)\" needs at least one of addresses, domains, hosts or asns")
    }
    return sender
  }

  func checkUnique(_ names: [String]) throws {
    let twice = Dictionary(grouping: names, by: { $0 }).first { $0.value.count > 1 }
    if let twice { throw SettingsError(file: path, "\"\(twice.key)\" is declared twice in known_senders") }
  }
}
