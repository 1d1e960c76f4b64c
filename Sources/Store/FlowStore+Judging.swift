import DMARC
import GRDB

/// An organisation whose verdicts are out of date.
package struct OrganisationToJudge: Sendable, Hashable {
  /// Its domain; empty for messages without a valid From domain.
  package let name: String
  /// The number of the last change that touches its verdicts.
  package let change: Int64

  /// Names an organisation that was touched by a change.
  package init(name: String, change: Int64) {
    self.name = name
    self.change = change
  }
}

/// Which organisations are still to be judged. The list is stored, so that the next run continues one that was killed, and each change
/// has a number, so that a process does not store verdicts on data that another one has changed meanwhile.
extension FlowStore {
  /// Setting with the number of the last change.
  private static let changeKey = "judged.change"

  /// The number of the last change that touched any organisation; 0 if there was none.
  package func lastChange() throws -> Int64 { try setting(Self.changeKey).flatMap { Int64($0) } ?? 0 }

  /// Notes that a change touches the verdicts of organisations.
  /// - Parameters:
  ///   - organisations: their names.
  ///   - andAllKnown: whether it also touches all organisations that were ever judged, even if no messages of them are left.
  package func touch(_ organisations: some Sequence<String>, andAllKnown: Bool = false) throws {
    let change = try lastChange() + 1
    try set(Self.changeKey, String(change))
    if andAllKnown {
      try db.execute(sql: "UPDATE judged_organisation SET wanted = ?", arguments: [change])
    }
    let statement = try RawStatement(
      db,
      """
      INSERT INTO judged_organisation (name, wanted) VALUES (?, ?)
      ON CONFLICT (name) DO UPDATE SET wanted = excluded.wanted
      """)
    statement.bind(change, at: 2)
    for name in organisations {
      statement.bind(name, at: 1)
      try statement.run()
    }
  }

  /// The organisations whose verdicts are out of date.
  package func organisationsToJudge() throws -> [OrganisationToJudge] {
    try Row.fetchAll(db, sql: "SELECT name, wanted FROM judged_organisation WHERE judged < wanted")
      .map { OrganisationToJudge(name: $0[0], change: $0[1]) }
  }

  /// Whether the verdicts of any organisation are out of date.
  package func isAnyToJudge() throws -> Bool {
    try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT * FROM judged_organisation WHERE judged < wanted)") ?? false
  }

  /// Whether an organisation is still to be judged, and no later change has touched it.
  package func isToJudge(_ organisation: OrganisationToJudge) throws -> Bool {
    let statement = try db.cachedStatement(
      sql: "SELECT EXISTS (SELECT * FROM judged_organisation WHERE name = ? AND wanted = ? AND judged < wanted)")
    return try Bool.fetchOne(statement, arguments: [organisation.name, organisation.change]) ?? false
  }

  /// Notes that the verdicts of an organisation are up to date with its last change.
  package func noteJudged(_ organisation: OrganisationToJudge) throws {
    try db.cachedStatement(sql: "UPDATE judged_organisation SET judged = wanted WHERE name = ? AND wanted = ?")
      .execute(arguments: [organisation.name, organisation.change])
  }

  /// Forgets an organisation of which no messages are left, and the relays that its mail has shown.
  package func forget(_ organisation: OrganisationToJudge) throws {
    try db.execute(
      sql: "DELETE FROM judged_organisation WHERE name = ? AND wanted = ?",
      arguments: [organisation.name, organisation.change])
    try setRelays([], shownBy: organisation.name)
  }

  /// Row ids of all known senders.
  package func knownSenderIDs() throws -> Set<Int64> { try Int64.fetchSet(db, sql: "SELECT id FROM known_sender") }

  /// Whether the sending organisation of any report is not recorded, because an older version has stored it.
  package func hasReportsWithoutOrganisation() throws -> Bool {
    try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT * FROM report WHERE sending_organisation_id IS NULL)") ?? false
  }

  /// Deletes a setting of the program in the database.
  package func removeSetting(_ key: String) throws {
    try db.execute(sql: "DELETE FROM setting WHERE key = ?", arguments: [key])
  }
}
