import DMARC
import Foundation
import GRDB

/// Migration 18: the keys of outcomes and policies become hashes. Earlier versions stored the canonical forms themselves, in the table and
/// again in its unique index, which was more than a quarter of a large database.
///
/// The hash of a stored text is that of the value, because the texts never changed. Row ids stay the same, so nothing that refers to them
/// changes. The rows go from one table to the other in their order, and the index is built afterwards by sorting; memory does not grow with
/// the database.
enum CanonicalKeys {
  static func convert(_ db: Database) throws {
    let hash = DatabaseFunction("canonical_hash", argumentCount: 1, pure: true) { values in
      guard let form = String.fromDatabaseValue(values[0]) else { throw DatabaseError(resultCode: .SQLITE_CORRUPT) }
      return Data(CanonicalHash(of: form.utf8).bytes)
    }
    db.add(function: hash)
    defer { db.remove(function: hash) }
    // Otherwise renaming a table would check views, which refer to a table that does not exist at that moment. Users have their own.
    let isLegacy = try Bool.fetchOne(db, sql: "PRAGMA legacy_alter_table") ?? false
    try db.execute(sql: "PRAGMA legacy_alter_table = ON")
    defer { if !isLegacy { try? db.execute(sql: "PRAGMA legacy_alter_table = OFF") } }
    try db.execute(sql: tables)
  }

  private static let tables = """
    -- Distinct published policies; key is the hash of the canonical form.
    CREATE TABLE policy_18 (
      id INTEGER PRIMARY KEY, key BLOB NOT NULL CHECK (length(key) = 16),
      domain_id INTEGER NOT NULL REFERENCES domain,
      adkim TEXT, aspf TEXT, p TEXT, sp TEXT, np TEXT, pct INTEGER, fo TEXT, testing TEXT, discovery_method TEXT
    ) STRICT;
    INSERT INTO policy_18
      SELECT id, canonical_hash(key), domain_id, adkim, aspf, p, sp, np, pct, fo, testing, discovery_method
      FROM policy ORDER BY id;
    DROP TABLE policy;
    ALTER TABLE policy_18 RENAME TO policy;
    CREATE UNIQUE INDEX policy_by_key ON policy (key);

    -- Distinct authentication outcomes; key is the hash of the canonical form.
    CREATE TABLE outcome_18 (
      id INTEGER PRIMARY KEY, key BLOB NOT NULL CHECK (length(key) = 16),
      disposition TEXT, dkim_aligned INTEGER NOT NULL, spf_aligned INTEGER NOT NULL, dmarc_pass INTEGER NOT NULL,
      header_from_id INTEGER REFERENCES domain, envelope_from_id INTEGER REFERENCES domain,
      evaluated_dkim TEXT, evaluated_spf TEXT,
      dkim_results TEXT NOT NULL, spf_results TEXT NOT NULL, reasons TEXT NOT NULL, extension TEXT,
      evaluation TEXT NOT NULL DEFAULT 'reported' CHECK (evaluation IN ('reported', 'computed', 'none'))
    ) STRICT;
    INSERT INTO outcome_18
      SELECT id, canonical_hash(key), disposition, dkim_aligned, spf_aligned, dmarc_pass, header_from_id, envelope_from_id,
        evaluated_dkim, evaluated_spf, dkim_results, spf_results, reasons, extension, evaluation
      FROM outcome ORDER BY id;
    DROP TABLE outcome;
    ALTER TABLE outcome_18 RENAME TO outcome;
    CREATE UNIQUE INDEX outcome_by_key ON outcome (key);
    CREATE INDEX outcome_by_header_from ON outcome (header_from_id);
    """
}
