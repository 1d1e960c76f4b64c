package import DMARC
import Foundation
import GRDB

extension ReportDatabase {
  /// Domains whose SPF records are needed: policy domains, From domains, and envelope domains of messages that passed SPF.
  /// - Throws: ``StoreError``.
  package func domainsForSPF() throws(StoreError) -> [DomainName] {
    try read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT name FROM domain WHERE id IN (SELECT policy_domain_id FROM report)
          UNION SELECT name FROM domain WHERE id IN (SELECT header_from_id FROM outcome)
          UNION SELECT json_extract(entry.value, '$.domain') FROM outcome, json_each(outcome.spf_results) AS entry
            WHERE outcome.spf_aligned AND json_extract(entry.value, '$.result') = 'pass'
          """
      ).compactMap(DomainName.init)
    }
  }

  /// Addresses whose host names have not been looked up since a time (epoch seconds), the most recently added first.
  /// - Throws: ``StoreError``.
  package func sourcesToLookUp(since: Int64) throws(StoreError) -> [SourceToLookUp] {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT source.id, source.address FROM source LEFT JOIN source_host ON source_host.source_id = source.id
          WHERE source_host.looked_up_at IS NULL OR source_host.looked_up_at < ? ORDER BY source.id DESC
          """, arguments: [since])
      return try rows.compactMap { row in
        try row.withUnsafeData(atIndex: 1) { $0.flatMap { IPAddress(networkBytes: $0) } }
          .map { SourceToLookUp(id: row[0], address: $0) }
      }
    }
  }

  /// Answers that have not expired at a time, epoch seconds.
  /// - Throws: ``StoreError``.
  package func knownAnswers(at now: Int64) throws(StoreError) -> [DNSQuestion: DNSAnswer] {
    try read { db in
      var answers: [DNSQuestion: DNSAnswer] = [:]
      let rows = try Row.fetchCursor(db, sql: "SELECT * FROM dns_answer WHERE expires_at > ?", arguments: [now])
      while let row = try rows.next() {
        guard let type = DNSQuestion.RecordType(rawValue: row["type"]) else { continue }
        let expires: Int64 = row["expires_at"]
        answers[DNSQuestion(row["name"], type)] = DNSAnswer(
          DNSAnswer.Status(rawValue: row["status"]) ?? .failure, try OutcomeColumns.strings(row["answers"]),
          ttl: UInt32(clamping: expires - now))
      }
      return answers
    }
  }

  /// The stored forward-confirmed host name of an address: `.some(nil)` if it has none, nil if it was not looked up.
  /// - Throws: ``StoreError``.
  package func hostLookedUp(of address: IPAddress) throws(StoreError) -> DomainName?? {
    try read { db in
      let row = try Row.fetchOne(
        db, sql: "SELECT host FROM source_host JOIN source ON source.id = source_id WHERE address = ?",
        arguments: [DatabaseBytes(address.networkBytes)])
      return row.map { ($0[0] as String?).flatMap(DomainName.init) }
    }
  }

  /// The time in seconds for which an answer is stored: its TTL within bounds, so that the sender cannot cause constant queries or prevent
  /// any further ones.
  private static func lifetime(_ answer: DNSAnswer) -> Int64 { Int64(min(max(answer.ttl, 60), 86_400)) }

  /// Stores answers and host names, and deletes expired answers.
  /// - Throws: ``StoreError``.
  package func keep(
    _ answers: [DNSQuestion: DNSAnswer], hosts: [(source: Int64, host: DomainName?)], at now: Int64
  ) throws(StoreError) {
    try write { db in
      try db.execute(sql: "DELETE FROM dns_answer WHERE expires_at <= ?", arguments: [now])
      for (question, answer) in answers where answer.status != .failure {
        try db.execute(
          sql: "INSERT OR REPLACE INTO dns_answer (name, type, status, answers, expires_at) VALUES (?, ?, ?, ?, ?)",
          arguments: [
            question.name, question.type.rawValue, answer.status.rawValue, OutcomeColumns.list(answer.values),
            now + Self.lifetime(answer),
          ])
      }
      for (source, host) in hosts {
        try db.execute(
          sql: "INSERT OR REPLACE INTO source_host (source_id, host, looked_up_at) VALUES (?, ?, ?)",
          arguments: [source, host?.name, now])
      }
    }
  }

  /// Stores a snapshot: as a new one if it differs from the last, which is otherwise marked as checked again.
  /// - Throws: ``StoreError``.
  package func keep(_ snapshot: SPFSnapshot, isShared: [Bool], at now: Int64) throws(StoreError) {
    let last = try spfSnapshots(of: snapshot.domain).last
    if let last, last.snapshot == snapshot, last.isShared == isShared {
      try write { db in
        try db.execute(
          sql: "UPDATE spf_snapshot SET checked_at = ? WHERE domain = ? AND taken_at = ?",
          arguments: [now, snapshot.domain.name, last.takenAt])
      }
      return
    }
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO spf_snapshot (domain, taken_at, checked_at, status, record, errors, dynamic_terms, look_ups, void_look_ups)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          snapshot.domain.name, now, now, snapshot.status.rawValue, snapshot.record,
          OutcomeColumns.list(snapshot.errors),
          OutcomeColumns.list(snapshot.dynamicTerms), snapshot.lookUps, snapshot.voidLookUps,
        ])
      let id = db.lastInsertedRowID
      for (ordinal, range) in snapshot.ranges.enumerated() {
        try db.execute(
          sql: "INSERT INTO spf_range VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          arguments: [
            id, ordinal, "\(range.network)", range.pathText, range.term, range.isEverybody, isShared[ordinal],
            range.isOnlyMeant,
          ])
      }
    }
  }

  /// From domains, whose DNS may name hosts that send in their name.
  /// - Throws: ``StoreError``.
  package func domainsOfAuthors() throws(StoreError) -> [DomainName] {
    try read { db in
      try String.fetchAll(
        db, sql: "SELECT name FROM domain WHERE id IN (SELECT header_from_id FROM outcome WHERE dmarc_pass)"
      ).compactMap(DomainName.init)
    }
  }

  /// Replaces the hosts that the DNS of a domain names, if they differ from the stored ones.
  /// - Throws: ``StoreError``.
  package func keep(_ hosts: [IPAddress: NamedHost], of domain: DomainName, at now: Int64) throws(StoreError) {
    guard try read({ try FlowStore($0).ownHosts(of: [domain.name]) }) != hosts else { return }
    try write { db in
      try db.execute(sql: "DELETE FROM own_host WHERE domain = ?", arguments: [domain.name])
      for (address, host) in hosts {
        try db.execute(
          sql: "INSERT INTO own_host (domain, address, name, type, changed_at) VALUES (?, ?, ?, ?, ?)",
          arguments: [domain.name, Data(address.networkBytes), host.name.name, host.type, now])
      }
    }
  }

  /// The dated snapshots of a domain, or of all, oldest first.
  /// - Throws: ``StoreError``.
  package func spfSnapshots(of domain: DomainName? = nil) throws(StoreError) -> [StoredSPFSnapshot] {
    try read { try FlowStore($0).spfSnapshots(of: domain) }
  }
}
