import DMARC
import Foundation
import Verdict
import Yams

/// The configuration file. A key that does not exist is an error, with its line and the nearest one that does.
package struct Configuration {
  package var database: String?
  /// What `ingest` reads when nothing is named on the command line.
  package var sources: [String] = []
  /// The accounts on servers that `ingest` reads when nothing is named on the command line.
  package var accounts: [MailAccount] = []
  package var limits = Limits()
  /// What becomes of files whose reports are stored.
  package var after = FileCleanup.keep
  /// The senders that it declares; nil where it says nothing of senders, so that those in the database stay as they are.
  package var knownSenders: [KnownSender]?

  /// Domains that are ours besides those that reports are about.
  package var ownDomains: [DomainName] = []
  /// Names that a mailbox provider signs with for us.
  package var ownTenants: [DomainName] = []
  /// A table of infrastructure that adds to the one shipped.
  package var infrastructure: String?
  /// MaxMind DB files with networks and countries.
  package var geoip: [String] = []
  /// What the rules compare with.
  package var thresholds = Thresholds()
  /// How names are looked up.
  package var dns = DNSSettings()
  /// Hosts whose Authentication-Results fields are believed (RFC 8601): the authserv-ids of mail servers of ours.
  package var trustedHosts: [DomainName] = []
  /// Language of explanations; nil for that of the locale.
  package var language: Language?

  /// Everything as it is without a configuration.
  package init() {}

  /// How names are looked up.
  package struct DNSSettings {
    /// Name servers, `address` or `address:port`, by commas; nil for those of the system.
    package var resolver: String?
    /// A zone file that answers in place of name servers.
    package var zone: String?
    /// Seconds that one answer may take, and a whole round.
    package var timeout = 3
    package var roundSeconds = 300
    /// `ingest` looks up what is new.
    package var refreshesOnIngest = false
  }

  /// Loads the file named, or the first of the usual ones that is there; without any, everything is as by default.
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

  /// The account of a name.
  /// - Throws: ``SettingsError`` that names those that there are.
  package func account(named name: String) throws(SettingsError) -> MailAccount {
    if let account = accounts.first(where: { $0.name == name }) { return account }
    let known = accounts.isEmpty ? "there are none" : accounts.map(\.name).joined(separator: ", ")
    throw SettingsError("there is no account \"\(name)\" in the configuration (\(known))")
  }
}

/// Reads nodes of the configuration, with errors that name file and line.
package struct ConfigurationReader {
  let path: String

  func failure(_ node: Node, _ problem: String) -> SettingsError {
    SettingsError(file: path, line: node.mark?.line, problem)
  }

  /// A path of the configuration is meant from the folder that the configuration is in.
  /// - Throws: ``SettingsError`` if it begins with `~` and HOME is not set.
  func relative(_ text: String) throws -> String {
    let text = try HomeFolder.expanding(text)
    if text.hasPrefix("/") { return text }
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    return folder.isEmpty && !path.hasPrefix("/") ? text : folder + "/" + text
  }

  /// Reads a mapping, key by key in the order of the file.
  /// - Throws: a ``CommandError`` for a key that `Key` does not have, and what `body` throws.
  func fields<Key: RawRepresentable<String> & CaseIterable>(
    of node: Node, _: Key.Type, _ body: (Key, Node) throws -> Void
  ) throws {
    guard let mapping = node.mapping else { throw failure(node, "here should be keys with values") }
    let known = Key.allCases.map(\.rawValue)
    for (keyNode, value) in mapping {
      guard let key = keyNode.string.flatMap(Key.init) else {
        let text = keyNode.string ?? ""
        let nearest = known.min { EditDistance.between($0, text) < EditDistance.between($1, text) } ?? ""
        let what =
          Self.isMisspelt(text, nearest, known) ? "there is no key \"\(text)\" here" : "this is not a known key"
        throw failure(keyNode, "\(what); did you mean \"\(nearest)\"? Known are: \(known.joined(separator: ", "))")
      }
      try body(key, value)
    }
  }

  /// Whether a key is so like a known one that it may be printed: if a colon or the blank behind it is missing, the value stands in the
  /// key, and may be a secret.
  private static func isMisspelt(_ text: String, _ nearest: String, _ known: [String]) -> Bool {
    let isPart = text.count >= 4 && known.contains { $0.hasPrefix(text) }
    return isPart || EditDistance.between(nearest, text) <= max(1, text.count / 4)
  }

  func string(_ node: Node) throws -> String {
    guard let text = node.scalar?.string else { throw failure(node, "here should be a text") }
    return text
  }

  func after(_ node: Node) throws -> FileCleanup {
    guard let action = FileCleanup(try string(node)) else {
      throw failure(node, "`after` is keep, delete or move:FOLDER")
    }
    if case .move(let folder) = action { return .move(try relative(folder)) }
    return action
  }

  func list(_ node: Node) throws -> [Node] {
    guard let sequence = node.sequence else { throw failure(node, "here should be a list") }
    return Array(sequence)
  }

  func strings(_ node: Node) throws -> [String] {
    node.scalar != nil ? [try string(node)] : try list(node).map(string)
  }

  func number(_ node: Node) throws -> Int {
    guard let number = node.int, number > 0 else { throw failure(node, "here should be a whole number of 1 or more") }
    guard number <= Self.largestNumber else { throw failure(node, "this number is larger than \(Self.largestNumber)") }
    return number
  }

  /// Bytes of a petabyte, seconds of 30 million years: whoever writes more has made a slip.
  private static let largestNumber = 1_000_000_000_000_000

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
          throw failure(value, "a kind is one of \(KnownSender.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        sender.kind = kind
      case .addresses:
        sender.networks = try strings(value).map { text in
          guard let network = CIDR(text) else { throw failure(value, "\"\(text)\" is no address and no network") }
          return network
        }
      case .hosts: sender.hosts = try domains(value)
      case .asns: sender.asns = try strings(value).map { try asn($0, value) }
      case .domains: sender.domains = try domains(value)
      }
    }
    if sender.name.isEmpty { throw failure(node, "a known sender needs a name") }
    if sender.isUnrecognisable {
      throw failure(node, "\"\(sender.name)\" needs addresses, domains, hosts or asns to be known by")
    }
    return sender
  }

  func checkUnique(_ names: [String]) throws {
    let twice = Dictionary(grouping: names, by: { $0 }).first { $0.value.count > 1 }
    if let twice { throw SettingsError(file: path, "\"\(twice.key)\" is declared twice in known_senders") }
  }
}
