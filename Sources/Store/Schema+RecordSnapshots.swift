extension Schema {
  /// Migration 23: what domains publish for mail.
  static let recordSnapshots = """
    -- What is published at a name, with dates: a new row for each change. state is what is compared, null if there is nothing; text is
    -- the record if state is not its text. confirmed_at is null
    -- while only one lookup has shown what may be short trouble of a name server.
    CREATE TABLE record_snapshot (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      domain TEXT NOT NULL, kind TEXT NOT NULL, owner TEXT NOT NULL,
      first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
      state TEXT, text TEXT, confirmed_at INTEGER
    ) STRICT;
    CREATE INDEX record_snapshot_by_owner ON record_snapshot (domain, kind, owner, first_seen);
    INSERT INTO record_snapshot (domain, kind, owner, first_seen, last_seen, state, confirmed_at)
      SELECT domain, 'dmarc', '_dmarc.' || domain, taken_at, checked_at, record, taken_at FROM dmarc_snapshot
      WHERE coalesce(length(CAST(record AS BLOB)), 0) <= 4096 ORDER BY domain, taken_at;
    DROP TABLE dmarc_snapshot;
    INSERT INTO record_snapshot (domain, kind, owner, first_seen, last_seen, state, confirmed_at)
      SELECT domain, 'spf', domain, taken_at, checked_at,
        CASE status WHEN 'permerror' THEN 'permerror ' ELSE '' END || record, taken_at
      FROM spf_snapshot
      WHERE status <> 'temperror' AND coalesce(length(CAST(record AS BLOB)), 0) <= 4000 ORDER BY domain, taken_at, id;
    -- How far the last run of alerts has looked.
    ALTER TABLE matter_progress ADD COLUMN snapshot_id INTEGER NOT NULL DEFAULT 0;
    """
}
