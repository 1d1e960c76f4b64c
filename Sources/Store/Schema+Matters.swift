extension Schema {
  /// Migration 21: what somebody is told about.
  static let matters = """
    -- Matters: what began, is told once, and ends. since and ended are days; ended is null while it goes on. detail is the matter as JSON.
    CREATE TABLE matter (
      id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, subject TEXT NOT NULL,
      severity TEXT NOT NULL, since INTEGER NOT NULL, ended INTEGER,
      begun_telling TEXT NOT NULL, ended_telling TEXT, detail TEXT NOT NULL
    ) STRICT;
    CREATE INDEX matter_open ON matter (id) WHERE ended IS NULL;
    CREATE INDEX matter_by_end ON matter (ended) WHERE ended IS NOT NULL;
    CREATE INDEX matter_pending ON matter (id) WHERE begun_telling = 'pending' OR ended_telling = 'pending';
    -- How far the last run has looked for matters: one row. runs counts whatever stored matters, so that a run notices another.
    CREATE TABLE matter_progress (
      id INTEGER PRIMARY KEY CHECK (id = 1), first_day INTEGER, full_day INTEGER, report_id INTEGER NOT NULL,
      runs INTEGER NOT NULL
    ) STRICT;
    -- The day on which a policy domain was first looked at.
    CREATE TABLE alerted_domain (domain_id INTEGER PRIMARY KEY, first_day INTEGER NOT NULL) STRICT;
    -- Which matters nobody is told about; null stands for any, until is the last day.
    CREATE TABLE alert_mute (
      id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT, domain TEXT, sender TEXT, until INTEGER, note TEXT,
      made_at INTEGER NOT NULL
    ) STRICT;
    """
}
