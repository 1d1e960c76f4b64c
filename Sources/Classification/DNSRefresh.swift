import DMARC
import Foundation
import Lookup
import Settings
import Store
import Verdict

/// Looks up what verdicts can rest on: SPF records with all that they include, and host names of addresses that lead back to them.
///
/// Questions are asked in batches; each batch is kept when it is answered, so that a round that is cut short goes on where it ended.
package struct DNSRefresh {
  let database: ReportDatabase
  let service: NameService
  let context: ClassificationContext
  /// Monotonic seconds (``Resolver/now``) at which the round ends.
  let deadline: Double
  /// Ask again, also where answers are at hand that still hold.
  let isForced: Bool
  let progress: (_ done: Int, _ total: Int) -> Void

  /// Questions that are asked together.
  private static let batch = 500
  /// Rounds of questions that one SPF record or host name may lead to.
  private static let mostRounds = 30
  /// Seconds after which the host name of an address is looked up again.
  static let hostAge: Int64 = 30 * 86_400

  /// What was looked up.
  package struct Tally {
    package var domains = 0
    package var records = 0
    package var sources = 0
    package var hosts = 0
    package var questions = 0
    package var failures = 0
    /// Time was up before everything was looked up.
    package var isUnfinished = false
  }

  /// A round that keeps what it finds in a database.
  /// - Parameters:
  ///   - deadline: monotonic seconds (``Resolver/now``) at which the round ends.
  ///   - isForced: ask again even if known answers still hold.
  ///   - progress: takes how many domains and addresses are done, of how many.
  package init(
    database: ReportDatabase, service: NameService, context: ClassificationContext, deadline: Double, isForced: Bool,
    progress: @escaping (_ done: Int, _ total: Int) -> Void
  ) {
    self.database = database
    self.service = service
    self.context = context
    self.deadline = deadline
    self.isForced = isForced
    self.progress = progress
  }

  package func run() throws -> Tally {
    var tally = Tally()
    let now = Int64(Date().timeIntervalSince1970)
    var answers = isForced ? [:] : try database.knownAnswers(at: now)
    let domains = try database.domainsForSPF()
    let sources = try database.sourcesToLookUp(since: isForced ? .max : now - Self.hostAge)
    let total = domains.count + sources.count
    for start in stride(from: 0, to: domains.count, by: Self.batch / 5) where !tally.isUnfinished {
      let part = Array(domains[start..<min(start + Self.batch / 5, domains.count)])
      try expand(part, &answers, now, &tally)
      progress(tally.domains, total)
    }
    for start in stride(from: 0, to: sources.count, by: Self.batch) where !tally.isUnfinished {
      try name(Array(sources[start..<min(start + Self.batch, sources.count)]), &answers, now, &tally)
      progress(tally.domains + tally.sources, total)
    }
    return tally
  }

  private func expand(
    _ domains: [DomainName], _ answers: inout [DNSQuestion: DNSAnswer], _ now: Int64, _ tally: inout Tally
  ) throws {
    var waiting = domains
    for _ in 0..<Self.mostRounds where !waiting.isEmpty {
      var missing: Set<DNSQuestion> = []
      var next: [DomainName] = []
      for domain in waiting {
        let expansion = SPFExpansion(domain) { answers[$0] }
        guard let snapshot = expansion.snapshot else {
          missing.formUnion(expansion.missing)
          next.append(domain)
          continue
        }
        try keep(snapshot, now, &tally)
      }
      waiting = next
      try ask(missing, &answers, now, &tally)
      if tally.isUnfinished { return }
    }
  }

  private func keep(_ snapshot: SPFSnapshot, _ now: Int64, _ tally: inout Tally) throws {
    tally.domains += 1
    if snapshot.status == .valid || snapshot.status == .permerror { tally.records += 1 }
    // A name server that did not answer says nothing about the record.
    guard snapshot.status != .temperror else { return }
    try database.keep(snapshot, isShared: snapshot.ranges.map { context.isShared($0, of: snapshot.domain) }, at: now)
  }

  private func name(
    _ sources: [SourceToLookUp], _ answers: inout [DNSQuestion: DNSAnswer], _ now: Int64, _ tally: inout Tally
  ) throws {
    var waiting = sources
    for _ in 0..<3 where !waiting.isEmpty {
      var missing: Set<DNSQuestion> = []
      var next: [SourceToLookUp] = []
      var hosts: [(source: Int64, host: DomainName?)] = []
      for source in waiting {
        switch HostName(of: source.address, answers: { answers[$0] }) {
        case .confirmed(let host): hosts.append((source.id, host))
        case .unconfirmed: hosts.append((source.id, nil))
        case .failed: tally.sources += 1
        case .missing(let questions):
          missing.formUnion(questions)
          next.append(source)
        }
      }
      tally.sources += hosts.count
      tally.hosts += hosts.count { $0.host != nil }
      try database.keep([:], hosts: hosts, at: now)
      waiting = next
      try ask(missing, &answers, now, &tally)
      if tally.isUnfinished { return }
    }
  }

  /// Asks what is missing, a batch at a time, and keeps the answers.
  private func ask(
    _ missing: Set<DNSQuestion>, _ answers: inout [DNSQuestion: DNSAnswer], _ now: Int64, _ tally: inout Tally
  ) throws {
    let questions = Array(missing)
    for start in stride(from: 0, to: questions.count, by: Self.batch) {
      let part = Array(questions[start..<min(start + Self.batch, questions.count)])
      let found = service.answers(to: part, until: deadline)
      tally.questions += found.count
      tally.failures += found.values.count { $0.status == .failure }
      try database.keep(found, hosts: [], at: now)
      answers.merge(found) { $1 }
      if found.count < part.count {
        tally.isUnfinished = true
        return
      }
    }
  }
}

extension ClassificationContext {
  /// Whether a range of an SPF record is shared with other customers of a provider: it was reached through a domain of somebody else,
  /// or of an operator of the table with many customers.
  package func isShared(_ range: SPFSnapshot.Range, of domain: DomainName) -> Bool {
    let own = [domain] + ownDomains
    return range.path.dropFirst().contains { step in
      let isOurs = own.contains { ruleContext.organisations.areRelated($0, step) }
      return !isOurs || ruleContext.table.entry(for: step)?.kind.isShared ?? false
    }
  }
}

extension NameService {
  /// The service that the configuration names, or that of the system.
  /// - Throws: ``ClassificationError`` if a zone file or a name server cannot be used.
  package init(_ settings: Configuration.DNSSettings) throws(ClassificationError) {
    guard let path = settings.zone else {
      do { self = .resolver(try Resolver(servers: settings.resolver, timeout: Double(settings.timeout))) } catch {
        throw .lookup(error)
      }
      return
    }
    guard let data = FileManager.default.contents(atPath: path) else { throw .unreadableZone(path) }
    do { self = .zone(try ZoneFile(parsing: String(decoding: data, as: UTF8.self))) } catch {
      throw .invalidZone(path, problem: "\(error)")
    }
  }
}
