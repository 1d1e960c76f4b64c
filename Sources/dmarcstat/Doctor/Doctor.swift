import Classification
import DMARC
import Foundation
import Ingestion
import Intake
import Lookup
import Render
import Settings
import Store
import Verdict

/// Checks a set-up part by part. What cannot be used is a finding, and the parts that do not need it are checked all the same.
struct Doctor {
  /// What is checked.
  struct Request {
    let databaseOptions: DatabaseOptions
    let dnsOptions: DNSOptions
    /// Whether mail servers and name servers are left alone.
    let isLocal: Bool
    /// The maximum time for lookups, in seconds.
    let maxTime: Int
  }

  let request: Request
  var findings: DoctorFindings
  let configuration: Configuration
  /// Nil if it cannot be read.
  private(set) var database: ReportDatabase?
  let today: CalendarDay

  /// - Parameter loaded: the configuration, or why it cannot be used.
  init(_ request: Request, _ loaded: Result<Configuration, any Error>, _ phrasebook: Phrasebook) {
    self.request = request
    findings = DoctorFindings(phrasebook)
    configuration = (try? loaded.get()) ?? Configuration()
    today = PeriodOptions.localToday(configuration)
    checkConfiguration(loaded)
  }

  /// Epoch seconds.
  var now: Int64 { Int64(Date().timeIntervalSince1970) }

  /// Checks everything, in the order of the areas.
  mutating func run() -> DoctorFindings {
    checkRights()
    database = checkDatabase()
    checkSources()
    if !request.isLocal { checkAccounts() }
    let service = request.isLocal ? nil : checkDNS()
    checkClock()
    checkSchedule()
    let arrivals = DoctorArrivals(configuration, database, today)
    if let service { checkAddresses(arrivals, service) }
    checkArrivals(arrivals)
    return findings
  }

  // MARK: Configuration

  private mutating func checkConfiguration(_ loaded: Result<Configuration, any Error>) {
    let path = Configuration.path(named: request.databaseOptions.config)
    switch loaded {
    case .failure(let error):
      findings.add(
        .configuration, path ?? "", .error, "config-unusable", ["cause": CommandError(error)?.message ?? "\(error)"])
    case .success where path == nil && access(Configuration.systemPath, F_OK) == 0:
      findings.add(.configuration, Configuration.systemPath, .warning, "config-hidden")
    case .success where path == nil: findings.add(.configuration, "", .warning, "config-none")
    case .success:
      findings.add(
        .configuration, path ?? "", .ok, "config-ok",
        ["sources": "\(configuration.sources.count)", "accounts": "\(configuration.accounts.count)"])
    }
    do { _ = try ClassificationContext(configuration, []) } catch {
      findings.add(
        .configuration, path ?? "", .error, "config-file", ["cause": CommandError(error)?.message ?? "\(error)"])
    }
    for file in NameFileReport.all(configuration) where file.path != nil { check(file) }
  }

  /// Reports on a file with names. Unusable files of `geoip` are reported elsewhere, with all else that verdicts depend
  /// on.
  private mutating func check(_ file: NameFileReport) {
    let path = file.path ?? ""
    if let problem = file.problem {
      if file.key == "names" { findings.add(.configuration, path, .error, "config-file", ["cause": problem]) }
      return
    }
    let values = ["days": "\(file.days(at: now) ?? 0)", "most": "\(file.mostDays ?? 0)"]
    if file.isStale(at: now) {
      findings.add(.configuration, path, .warning, "names-stale", values)
    } else if let entries = file.entries, file.kind != .infrastructure {
      findings.add(.configuration, path, .ok, "names-ok", ["entries": NumberText.grouped(Int64(entries))])
    }
  }

  // MARK: Rights

  private mutating func checkRights() {
    if let path = Configuration.path(named: request.databaseOptions.config), let rights = FileRights(path) {
      // It names commands that are run.
      if rights.othersMayWrite {
        findings.add(.rights, path, .error, "file-writable", ["mode": rights.octal])
      } else if rights.isForeign {
        findings.add(.rights, path, .warning, "file-foreign", ["owner": rights.readers])
      } else {
        findings.add(.rights, path, .ok, "file-ok", ["mode": rights.octal, "readers": rights.readers])
      }
      checkFolder(FileRights.folder(of: path))
    }
    for account in configuration.accounts {
      if let secret = account.secret { checkSecret(secret, of: account.name, key: "password", "secret-unusable") }
    }
    for secret in configuration.notify.secrets {
      checkSecret(secret.source, of: secret.owner, key: secret.key, "notify-secret-unusable")
    }
  }

  private mutating func checkFolder(_ folder: String) {
    guard let rights = FileRights(folder), rights.othersMayWrite else { return }
    findings.add(.rights, folder, .warning, "folder-writable", ["mode": rights.octal])
  }

  private mutating func checkSecret(_ secret: SecretSource, of owner: String, key: String, _ code: String) {
    if let problem = secret.problem(key) { return findings.add(.rights, owner, .error, code, ["cause": problem]) }
    guard case .file(let path) = secret, let rights = FileRights(path) else { return }
    findings.add(.rights, path, .ok, "secret-ok", ["mode": rights.octal, "readers": rights.readers])
    checkFolder(FileRights.folder(of: path))
  }
}
