package import DMARC
import Foundation
package import Lookup
package import Settings
package import Store
import Verdict

/// Looks up what verdicts depend on in DNS: SPF records with everything that they include, and forward-confirmed
/// reverse DNS names; also whatever else policy domains publish for mail, to date its changes.
///
/// Queries are sent in batches. The answers of each batch are stored at once, so an interrupted run is continued by the next one.
package struct DNSRefresh {
  let database: ReportDatabase
  let service: NameService
  let context: ClassificationContext
  /// When the run ends, in monotonic seconds (``Resolver/now``).
  let deadline: Double
  /// Whether to query again even if stored answers are still valid.
  let isForced: Bool
  /// Takes the numbers of completed and of all domains and addresses.
  let progress: (_ done: Int, _ total: Int) -> Void

  /// The number of queries that are sent together.
  private static let batch = 500
  /// The maximum number of successive batches for one SPF record.
  private static let maxRounds = 30
  /// The age in seconds after which the host name of an address is looked up again.
  static let hostAge: Int64 = 30 * 86_400

  /// The counts of a run.
  package struct Tally {
    /// The domains whose SPF records were looked up.
    package var domains = 0
    /// The SPF records found, valid or not.
    package var records = 0
    /// The addresses whose host names were looked up.
    package var sources = 0
    /// The forward-confirmed host names found.
    package var hosts = 0
    /// The queries sent.
    package var questions = 0
    /// The queries without an answer from any server.
    package var failures = 0
    /// Whether the time was up before everything was looked up.
    package var isUnfinished = false
    /// The questions that this run sent, rather than answering them from the database.
    var asked: Set<DNSQuestion> = []
  }

  /// Creates a run that stores its results in a database.
  /// - Parameters:
  ///   - deadline: when the run ends, in monotonic seconds (``Resolver/now``).
  ///   - isForced: whether to query again even if stored answers are still valid.
  ///   - progress: takes the numbers of completed and of all domains and addresses.
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

  /// Looks up everything that is missing or outdated.
  /// - Parameter now: epoch seconds.
  /// - Throws: `StoreError`.
  package func run(at now: Int64 = Int64(Date().timeIntervalSince1970)) throws -> Tally {
    var tally = Tally()
    var answers = isForced ? [:] : try database.knownAnswers(at: now)
    let domains = try database.domainsForSPF()
    let sources = try database.sourcesToLookUp(since: isForced ? .max : now - Self.hostAge)
    let total = domains.count + sources.count
    for start in stride(from: 0, to: domains.count, by: Self.batch / 5) where !tally.isUnfinished {
      let part = Array(domains[start..<min(start + Self.batch / 5, domains.count)])
      try expand(part, &answers, now, &tally)
      progress(tally.domains, total)
    }
    let authors = try database.domainsOfAuthors()
    for start in stride(from: 0, to: authors.count, by: Self.batch / 5) where !tally.isUnfinished {
      let part = Array(authors[start..<min(start + Self.batch / 5, authors.count)])
      try lookUpOwnHosts(part, &answers, now, &tally)
    }
    let isEverythingWatched = try !tally.isUnfinished && watch(&answers, now, &tally)
    for start in stride(from: 0, to: sources.count, by: Self.batch) where !tally.isUnfinished {
      try lookUpHosts(Array(sources[start..<min(start + Self.batch, sources.count)]), &answers, now, &tally)
      progress(tally.domains + tally.sources, total)
    }
    if !isEverythingWatched { tally.isUnfinished = true }
    return tally
  }

  private func expand(
    _ domains: [DomainName], _ answers: inout [DNSQuestion: DNSAnswer], _ now: Int64, _ tally: inout Tally
  ) throws {
    var waiting = domains
    for _ in 0..<Self.maxRounds where !waiting.isEmpty {
      var missing: Set<DNSQuestion> = []
      var next: [DomainName] = []
      var snapshots: [SPFSnapshot] = []
      for domain in waiting {
        let expansion = SPFExpansion(domain) { answers[$0] }
        guard let snapshot = expansion.snapshot else {
          missing.formUnion(expansion.missing)
          next.append(domain)
          continue
        }
        snapshots.append(snapshot)
      }
      try keep(snapshots, now, &tally)
      waiting = next
      try query(missing, &answers, now, &tally)
      if tally.isUnfinished { return }
    }
  }

  private func lookUpOwnHosts(
    _ domains: [DomainName], _ answers: inout [DNSQuestion: DNSAnswer], _ now: Int64, _ tally: inout Tally
  ) throws {
    var waiting = domains
    for _ in 0..<3 where !waiting.isEmpty && !tally.isUnfinished {
      var missing: Set<DNSQuestion> = []
      var next: [DomainName] = []
      for domain in waiting {
        let lookup = OwnHostLookup(domain, context.ruleContext.organisations) { answers[$0] }
        if let hosts = lookup.hosts {
          try database.keep(
            hosts.mapValues { NamedHost(name: $0.name, type: $0.kind.rawValue) }, of: domain, at: now)
        } else if !lookup.missing.isEmpty {
          missing.formUnion(lookup.missing)
          next.append(domain)
        }
      }
      waiting = next
      try query(missing, &answers, now, &tally)
    }
  }

  private func keep(_ snapshots: [SPFSnapshot], _ now: Int64, _ tally: inout Tally) throws {
    tally.domains += snapshots.count
    tally.records += snapshots.count { $0.status == .valid || $0.status == .permerror }
    // A missing answer says nothing about the record.
    let answered = snapshots.filter { $0.status != .temperror }
    let asked = tally.asked
    let records = answered.map { ObservedRecord(WatchedRecord($0), asked: asked) }
    let doubtful = try database.keep(records, at: now)
    for (snapshot, record) in zip(answered, records) where !doubtful.contains(record.place) {
      try database.keep(snapshot, isShared: snapshot.ranges.map { context.isShared($0, of: snapshot.domain) }, at: now)
    }
  }

  private func lookUpHosts(
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
      try query(missing, &answers, now, &tally)
      if tally.isUnfinished { return }
    }
  }

  /// Sends the missing queries in batches and stores the answers.
  /// - Parameter limit: when to stop, in monotonic seconds (``Resolver/now``), if that is before the deadline of the
  ///   run.
  /// - Returns: whether there was time for all of them.
  @discardableResult func query(
    _ missing: Set<DNSQuestion>, _ answers: inout [DNSQuestion: DNSAnswer], _ now: Int64, _ tally: inout Tally,
    until limit: Double = .infinity
  ) throws -> Bool {
    let questions = Array(missing)
    for start in stride(from: 0, to: questions.count, by: Self.batch) {
      let part = Array(questions[start..<min(start + Self.batch, questions.count)])
      let found = service.answers(to: part, until: min(deadline, limit))
      tally.questions += found.count
      tally.failures += found.values.count { $0.status == .failure }
      try database.keep(found, hosts: [], at: now)
      answers.merge(found) { $1 }
      tally.asked.formUnion(found.keys)
      if found.count < part.count {
        if limit >= deadline { tally.isUnfinished = true }
        return false
      }
    }
    return true
  }
}

extension ClassificationContext {
  /// Whether a range of an SPF record is shared with other customers of a provider: it was included through a domain of another
  /// organisation, or of an operator with many customers in the infrastructure table.
  package func isShared(_ range: SPFSnapshot.Range, of domain: DomainName) -> Bool {
    let own = [domain] + ownDomains
    return range.path.dropFirst().contains { step in
      let isOwn = own.contains { ruleContext.organisations.areRelated($0, step) }
      return !isOwn || ruleContext.table.entry(for: step)?.kind.isShared ?? false
    }
  }
}

extension NameService {
  /// Creates the name service of the configuration: a zone file, its name servers or those of the system.
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
