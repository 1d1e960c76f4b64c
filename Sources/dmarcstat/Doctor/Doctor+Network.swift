import Classification
import DMARC
import Foundation
import Glibc
import Lookup
import Settings
import Store
import Verdict

/// Name servers, the clock, and where the reports on each domain go.
extension Doctor {
  /// Seconds to wait for the first answer of a name server.
  private static let firstAnswerSeconds = 12.0

  /// - Returns: name servers that answer, or a zone file.
  mutating func checkDNS() -> NameService? {
    let settings = request.dnsOptions.settings(configuration)
    let name = settings.zone ?? settings.resolver ?? ""
    let service: NameService
    do { service = try NameService(settings) } catch {
      findings.add(.dns, name, .error, "dns-unusable", ["cause": CommandError(error)?.message ?? "\(error)"])
      return nil
    }
    guard settings.zone == nil else {
      findings.add(.dns, name, .ok, "dns-zone")
      return service
    }
    // Any answer will do, also that a name does not exist.
    let domain = configuration.ownDomains.first { $0.publishable != nil }?.name ?? "example.com"
    let question = DNSQuestion(domain, .mx)
    let answers = service.answers(to: [question], until: Resolver.now + Self.firstAnswerSeconds)
    guard let answer = answers[question], answer.status != .failure else {
      findings.add(.dns, name, .error, name.isEmpty ? "dns-silent" : "dns-silent-named", ["domain": domain])
      return nil
    }
    findings.add(.dns, name, .ok, "dns-ok", ["domain": domain])
    return service
  }

  /// Epoch seconds before which no clock can be right: this program did not exist.
  private static let earliest: Int64 = 1_767_225_600

  mutating func checkClock() {
    let newest = (try? database?.info())??.lastDay
    if now < Self.earliest || newest.map({ $0.number > today.number + 1 }) ?? false {
      return findings.add(
        .clock, "", now < Self.earliest ? .error : .warning, now < Self.earliest ? "clock-behind" : "clock-or-reports",
        ["today": "\(today)", "newest": newest.map { "\($0)" } ?? ""])
    }
    // systemd-timesyncd makes this file; other daemons leave no trace that everyone may read.
    if access("/run/systemd/timesync/synchronized", F_OK) == 0 {
      findings.add(.clock, "", .ok, "clock-ok", ["today": "\(today)"])
    } else {
      findings.add(.clock, "", .cannotTell, "clock-unsynchronised", ["today": "\(today)"])
    }
  }

  /// The most domains whose records are looked up.
  private static let mostDomains = 100

  mutating func checkAddresses(_ arrivals: DoctorArrivals, _ service: NameService) {
    let domains = arrivals.domains.filter { $0.publishable != nil }
    let suffixes = PublicSuffixList()
    let lookUps = ReportingLookUps(
      service: service, organisations: Organisations { suffixes.organisation(of: $0) },
      deadline: Resolver.now + Double(request.maxTime))
    for check in lookUps.run(Array(domains.prefix(Self.mostDomains))) { add(check, arrivals) }
    if domains.count > Self.mostDomains {
      findings.add(
        .addresses, "", .cannotTell, "rua-more", ["count": "\(domains.count - Self.mostDomains)"])
    }
  }

  private mutating func add(_ check: ReportingCheck, _ arrivals: DoctorArrivals) {
    let domain = check.domain.name
    guard !check.isUnanswered else { return findings.add(.addresses, domain, .cannotTell, "rua-unanswered") }
    for finding in check.findings {
      let isError = finding.severity == .error || finding.code == .dmarcNoReports
      let text = finding.text(findings.phrasebook)
      findings.add(
        .addresses, domain, isError ? .error : .warning,
        finding.proposals.isEmpty ? "rua-finding" : "rua-publish", ["text": text, "finding": finding.code.rawValue],
        record: finding.proposals.first?.line)
    }
    guard !check.addresses.isEmpty else { return }
    let values = ["addresses": check.addresses.joined(separator: ", ")]
    let users = configuration.accounts.map { $0.user.lowercased() }
    if let read = check.addresses.first(where: { address in users.contains { Self.delivers(address, to: $0) } }) {
      findings.add(.addresses, domain, .ok, "rua-read", ["address": read])
    } else if let last = arrivals.last[check.domain], today.number - last.number <= DoctorArrivals.lateDays {
      findings.add(.addresses, domain, .ok, "rua-arrives", values.merging(["day": "\(last)"]) { $1 })
    } else {
      findings.add(.addresses, domain, .cannotTell, "rua-elsewhere", values)
    }
  }

  /// Whether mail to an address is delivered to a user: the same address, or one with an extension (RFC 5233).
  private static func delivers(_ address: String, to user: String) -> Bool {
    guard let at = address.lastIndex(of: "@") else { return false }
    let local = address[..<at].split(separator: "+", maxSplits: 1).first.map(String.init) ?? ""
    return address == user || local + address[at...] == user
  }
}

/// Looks up where the reports on domains go.
struct ReportingLookUps {
  let service: NameService
  let organisations: Organisations
  /// When lookups end, in monotonic seconds (``Resolver/now``).
  let deadline: Double

  /// The maximum number of successive questions.
  private static let mostRounds = 8

  func run(_ domains: [DomainName]) -> [ReportingCheck] {
    var answers: [DNSQuestion: DNSAnswer] = [:]
    var checks: [ReportingCheck] = []
    for _ in 0..<Self.mostRounds {
      checks = domains.map { domain in ReportingCheck(domain, organisations: organisations) { answers[$0] } }
      let missing = checks.reduce(into: Set<DNSQuestion>()) { $0.formUnion($1.missing) }
      guard !missing.isEmpty else { return checks }
      answers.merge(service.answers(to: Array(missing), until: deadline)) { $1 }
      // What was not answered in time counts as failed.
      for question in missing where answers[question] == nil { answers[question] = DNSAnswer(.failure) }
    }
    return domains.map { domain in
      ReportingCheck(domain, organisations: organisations) { answers[$0] ?? DNSAnswer(.failure) }
    }
  }
}
