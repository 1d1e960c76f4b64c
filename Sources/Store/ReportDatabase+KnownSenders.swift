package import DMARC
import GRDB

/// A known sender, and where it was declared.
package struct StoredSender: Sendable, Hashable {
  /// Row id.
  package let id: Int64
  /// The declaration.
  package let sender: KnownSender
  /// Where it was declared.
  package let origin: Origin

  /// Where a declaration comes from.
  package enum Origin: String, Sendable, Hashable {
    /// `dmarcstat senders add`.
    case database
    /// The configuration file.
    case configuration
  }
}

extension ReportDatabase {
  /// All known senders, ordered by name.
  /// - Throws: ``StoreError``.
  package func knownSenders() throws(StoreError) -> [StoredSender] {
    try read { db in
      let matches = try Row.fetchAll(db, sql: "SELECT * FROM known_sender_match ORDER BY kind DESC, value")
      let byID = Dictionary(grouping: matches) { $0["known_sender_id"] as Int64 }
      let scopes = Dictionary(
        grouping: try Row.fetchAll(db, sql: "SELECT * FROM known_sender_for ORDER BY domain"),
        by: { $0["known_sender_id"] as Int64 })
      return try Row.fetchAll(db, sql: "SELECT * FROM known_sender ORDER BY name").map { row in
        let id: Int64 = row["id"]
        var sender = KnownSender(name: row["name"], kind: KnownSender.Kind(rawValue: row["kind"]) ?? .service)
        for match in byID[id] ?? [] {
          let value: String = match["value"]
          switch match["kind"] as String {
          case "network": sender.networks += CIDR(value).map { [$0] } ?? []
          case "host": sender.hosts += DomainName(value).map { [$0] } ?? []
          case "asn": sender.asns += UInt32(value).map { [$0] } ?? []
          default: sender.domains += DomainName(value).map { [$0] } ?? []
          }
        }
        sender.onlyFor = (scopes[id] ?? []).compactMap { DomainName($0["domain"] as String) }
        return StoredSender(id: id, sender: sender, origin: StoredSender.Origin(rawValue: row["origin"]) ?? .database)
      }
    }
  }

  /// Declares a sender, or adds networks and domains to one declared before.
  /// - Throws: ``StoreError``, also if the configuration file declares that name, or if a sender that was declared for all is declared
  ///   for some domains only.
  package func declare(_ sender: KnownSender) throws(StoreError) {
    try write { db in
      let origin = try String.fetchOne(
        db, sql: "SELECT origin FROM known_sender WHERE name = ?", arguments: [sender.name])
      if origin == StoredSender.Origin.configuration.rawValue {
        throw StoreError(
          "\"\(sender.name)\" is already declared by the configuration", remedy: .changeConfiguration,
          kind: .wrongUsage)
      }
      let scopes = try Int.fetchOne(
        db,
        sql: """
          SELECT count(*) FROM known_sender_for JOIN known_sender ON known_sender.id = known_sender_id WHERE name = ?
          """, arguments: [sender.name])
      if origin != nil, !sender.onlyFor.isEmpty, scopes == 0 {
        throw StoreError(
          "\"\(sender.name)\" is already declared for all domains", remedy: .useOtherName, kind: .wrongUsage)
      }
      try Self.insert(sender, .database, db)
    }
  }

  /// Deletes a declaration; returns whether there was one.
  /// - Throws: ``StoreError``, also if the configuration file declares that name.
  package func removeSender(named name: String) throws(StoreError) -> Bool {
    try write { db in
      let origin = try String.fetchOne(db, sql: "SELECT origin FROM known_sender WHERE name = ?", arguments: [name])
      if origin == StoredSender.Origin.configuration.rawValue {
        throw StoreError(
          "\"\(name)\" is declared by the configuration", remedy: .changeConfiguration, kind: .wrongUsage)
      }
      try db.execute(sql: "DELETE FROM known_sender WHERE name = ?", arguments: [name])
      return db.changesCount > 0
    }
  }

  /// Replaces the senders of the configuration file in the database; does nothing if they are the same.
  /// - Throws: ``StoreError``, also if a name is taken by a sender declared in the database.
  package func setConfiguredSenders(_ senders: [KnownSender]) throws(StoreError) {
    let stored = try knownSenders()
    let current = stored.filter { $0.origin == .configuration }.map(\.sender)
    func folded(_ list: [KnownSender]) -> Set<KnownSender> {
      Set(
        list.map { sender in
          var sender = sender
          sender.networks = Set(sender.networks).sorted { "\($0)" < "\($1)" }
          sender.domains = Set(sender.domains).sorted { $0.name < $1.name }
          sender.hosts = Set(sender.hosts).sorted { $0.name < $1.name }
          sender.asns = Set(sender.asns).sorted()
          sender.onlyFor = Set(sender.onlyFor).sorted { $0.name < $1.name }
          return sender
        })
    }
    let (before, after) = (folded(current), folded(senders))
    guard before != after else { return }
    let taken = Set(stored.filter { $0.origin == .database }.map(\.sender.name))
    if let clash = senders.first(where: { taken.contains($0.name) }) {
      throw StoreError(
        "the configuration declares \"\(clash.name)\", which is declared in the database too",
        remedy: .removeOneDeclaration, kind: .wrongUsage)
    }
    try write { db in
      // Unchanged declarations keep their row ids, so that only flows of the others are judged again.
      for sender in before.subtracting(after) {
        try db.execute(sql: "DELETE FROM known_sender WHERE name = ?", arguments: [sender.name])
      }
      for sender in senders where !before.isSuperset(of: folded([sender])) {
        try Self.insert(sender, .configuration, db)
      }
    }
  }

  private static func insert(_ sender: KnownSender, _ origin: StoredSender.Origin, _ db: Database) throws {
    try db.execute(
      sql: """
        INSERT INTO known_sender (name, kind, origin) VALUES (?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET kind = excluded.kind
        """, arguments: [sender.name, sender.kind.rawValue, origin.rawValue])
    let id = try Int64.fetchOne(db, sql: "SELECT id FROM known_sender WHERE name = ?", arguments: [sender.name])
    let matches =
      sender.networks.map { ("network", "\($0)") } + sender.domains.map { ("domain", $0.name) }
      + sender.hosts.map { ("host", $0.name) } + sender.asns.map { ("asn", "\($0)") }
    for (kind, value) in matches {
      try db.execute(
        sql: "INSERT OR IGNORE INTO known_sender_match (known_sender_id, kind, value) VALUES (?, ?, ?)",
        arguments: [id, kind, value])
    }
    for domain in sender.onlyFor {
      try db.execute(
        sql: "INSERT OR IGNORE INTO known_sender_for (known_sender_id, domain) VALUES (?, ?)",
        arguments: [id, domain.name])
    }
  }
}
