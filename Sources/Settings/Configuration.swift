package import DMARC
import Foundation
package import Verdict
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
  /// Paths of files with names for sources: a service map, and MaxMind DB files with organisations.
  package var names: [String] = []
  /// Thresholds of the rules.
  package var thresholds = Thresholds()
  /// What reports must show before `readiness` says yes.
  package var readiness = ReadinessThresholds()
  /// Settings for DNS lookups.
  package var dns = DNSSettings()
  /// Hosts whose Authentication-Results fields are trusted (RFC 8601): the authserv-ids of the operator's mail servers.
  package var trustedHosts: [DomainName] = []
  /// Time zone of periods such as `yesterday`.
  package var timeZone = PeriodZone.machine
  /// Reporters whose reports are left out.
  package var ignoredReporters: [String] = []
  /// Domains whose reports are left out.
  package var ignoredDomains: [DomainName] = []
  /// How long reports are kept; nil for ever.
  package var keep: Retention?
  /// What somebody is told about; nil if the file has no such key, so that `ingest` does not look for it.
  package var alerts: AlertSettings?
  /// Who is told of alerts, and how.
  package var notify = NotifySettings()
  /// Language of explanations; nil for the language of the locale.
  package var language: Language?
  /// The program, with its arguments, that shows answers on a terminal a screen at a time; nil for none.
  package var pager: [String]?

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
  ///
  /// The configuration of services in /etc is not that of a user who may not read it, who has one of their own or none.
  /// - Throws: ``SettingsError`` if the file cannot be read or is not valid.
  package static func load(named: String?) throws -> Configuration {
    try path(named: named).map(read) ?? Configuration()
  }

  /// The file that ``load(named:)`` reads; nil if there is none.
  package static func path(named: String?) -> String? {
    let environment = ProcessInfo.processInfo.environment
    if let path = named ?? environment["DMARCSTAT_CONFIG"].flatMap({ $0.isEmpty ? nil : $0 }) { return path }
    if let ownPath, FileManager.default.fileExists(atPath: ownPath) { return ownPath }
    return FileManager.default.isReadableFile(atPath: systemPath) ? systemPath : nil
  }

  /// Where the configuration of a user is by default; nil without a home folder.
  package static var ownPath: String? {
    HomeFolder.folder("XDG_CONFIG_HOME", default: ".config").map { $0 + "/dmarcstat/config.yaml" }
  }

  /// Where the configuration of services is, which may name secrets.
  package static let systemPath = "/etc/dmarcstat/config.yaml"

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
        case .names: configuration.names = try file.strings(node).map { try file.relative($0) }
        case .trustedHosts: configuration.trustedHosts = try file.hosts(node)
        case .thresholds: try file.thresholds(node, &configuration.thresholds)
        case .dns: try file.dns(node, &configuration.dns)
        case .ignore: try file.ignored(node, &configuration)
        case .alerts: configuration.alerts = try file.alerts(node)
        case .keep: configuration.keep = try file.retention(node)
        case .lang: configuration.language = try file.language(node)
        case .pager: configuration.pager = try file.pager(node)
        case .notify: configuration.notify = try file.notify(node)
        case .readiness: try file.readiness(node, &configuration.readiness)
        case .timezone: configuration.timeZone = try file.timeZone(node)
        case .knownSenders: configuration.knownSenders = try file.list(node).map { try file.sender($0) }
        }
      }
      try file.checkUnique((configuration.knownSenders ?? []).map(\.name))
    } catch let error as YamlError {
      throw SettingsError(file: path, "this is not valid YAML: \(error.withoutQuotation)")
    }
    return configuration
  }

  /// The names of all keys.
  package static var keys: [String] { Key.allCases.map(\.rawValue) }

  /// The keys of the file.
  private enum Key: String, CaseIterable {
    case database, sources, accounts, after, limits
    case knownSenders = "known_senders"
    case ownDomains = "own_domains"
    case ownTenants = "own_tenants"
    case infrastructure, geoip, names
    case trustedHosts = "trusted_hosts"
    case thresholds, dns, ignore, lang, pager, timezone, readiness, keep, alerts, notify
  }

  /// The account with a name.
  /// - Throws: ``SettingsError`` that lists the existing accounts.
  package func account(named name: String) throws(SettingsError) -> MailAccount {
    if let account = accounts.first(where: { $0.name == name }) { return account }
    let known = accounts.isEmpty ? "none" : accounts.map(\.name).joined(separator: ", ")
    throw SettingsError("there is no account \"\(name)\" in the configuration; known accounts: \(known)")
  }
}
