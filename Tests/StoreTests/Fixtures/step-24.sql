-- The schema of step 23 as of 9e32597, and v_record as of step 24, with a few rows of each table.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE acknowledgement (
  subject TEXT PRIMARY KEY, note TEXT, severity INTEGER NOT NULL, made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO acknowledgement VALUES('203.0.113.7','asked',0,1791000000);
CREATE TABLE IF NOT EXISTS "conflict" (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  report_id INTEGER NOT NULL, sha256 BLOB NOT NULL, origin TEXT NOT NULL, seen_at INTEGER NOT NULL,
  row_count INTEGER NOT NULL, messages INTEGER NOT NULL,
  aside_id INTEGER REFERENCES set_aside ON DELETE SET NULL,
  decision TEXT CHECK (decision IN ('keep', 'take', 'both')), decided_at INTEGER,
  stored_sha256 BLOB, other_row_id INTEGER,
  UNIQUE (report_id, sha256)
) STRICT;
INSERT INTO "conflict" VALUES(1,2,X'0303030303030303030303030303030303030303030303030303030303030303','/in/other.xml',1791000000,1,9,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE decision (
  id INTEGER PRIMARY KEY, decided_at INTEGER NOT NULL, decided_by TEXT, action TEXT NOT NULL,
  reporter TEXT NOT NULL, report_id TEXT, policy_domain TEXT NOT NULL, begin INTEGER NOT NULL, end INTEGER NOT NULL,
  row_count INTEGER NOT NULL, messages INTEGER NOT NULL, sha256 BLOB NOT NULL, other_sha256 BLOB, reason TEXT
) STRICT;
CREATE TABLE dns_answer (
  name TEXT NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL, answers TEXT NOT NULL, expires_at INTEGER NOT NULL,
  PRIMARY KEY (name, type)
) STRICT, WITHOUT ROWID;
INSERT INTO dns_answer VALUES('example.com','TXT','found','["v=spf1 -all"]',1791003600);
CREATE TABLE domain (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO domain VALUES(1,'example.com');
INSERT INTO domain VALUES(2,'to.example');
INSERT INTO domain VALUES(3,'');
CREATE TABLE flow (
  id INTEGER PRIMARY KEY,
  source_id INTEGER NOT NULL REFERENCES source,
  outcome_id INTEGER NOT NULL REFERENCES outcome,
  policy_id INTEGER NOT NULL REFERENCES policy,
  known_sender_id INTEGER REFERENCES known_sender ON DELETE SET NULL,
  verdict TEXT, subtype TEXT, confidence TEXT, rule TEXT, unknown_ip INTEGER, issues TEXT, rules_version INTEGER, kind_id INTEGER,
  UNIQUE (source_id, outcome_id, policy_id)
) STRICT;
INSERT INTO flow VALUES(1,1,1,1,1,'aligned','dkim-only','high','P1',0,'spf-not-aligned',3,1);
INSERT INTO flow VALUES(2,2,2,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,2);
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES('1: reports, records, ledger');
INSERT INTO grdb_migrations VALUES('2: mailboxes, truncated reports');
INSERT INTO grdb_migrations VALUES('3: look-ups, verdicts with issues');
INSERT INTO grdb_migrations VALUES('4: mails on servers');
INSERT INTO grdb_migrations VALUES('5: exact copies, quarantine');
INSERT INTO grdb_migrations VALUES('7: where reports came from');
INSERT INTO grdb_migrations VALUES('9: notices');
INSERT INTO grdb_migrations VALUES('10: one name for a domain');
INSERT INTO grdb_migrations VALUES('11: reports set aside');
INSERT INTO grdb_migrations VALUES('12: days of reports, evaluations');
INSERT INTO grdb_migrations VALUES('13: senders of one organisation');
INSERT INTO grdb_migrations VALUES('16: own hosts, learned relays, acknowledgements');
INSERT INTO grdb_migrations VALUES('17: roll-ups');
INSERT INTO grdb_migrations VALUES('18: outcomes and policies by hash');
INSERT INTO grdb_migrations VALUES('19: organisations to be judged');
INSERT INTO grdb_migrations VALUES('20: dated DMARC records');
INSERT INTO grdb_migrations VALUES('21: matters');
INSERT INTO grdb_migrations VALUES('22: outbox');
INSERT INTO grdb_migrations VALUES('23: dated records of every kind');
INSERT INTO grdb_migrations VALUES('24: needs_review in v_record');
CREATE TABLE ignore_rule (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('reporter', 'domain')), value TEXT NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('database', 'configuration')), added_at INTEGER NOT NULL, reason TEXT,
  UNIQUE (kind, value)
) STRICT;
INSERT INTO ignore_rule VALUES(1,'domain','stranger.example','database',1791000000,'not ours');
CREATE TABLE input (
  id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE,
  size INTEGER NOT NULL, modified INTEGER NOT NULL, tried_at INTEGER NOT NULL
, last_mail INTEGER, fingerprint BLOB, mailbox_id INTEGER REFERENCES mailbox, uid INTEGER, cleared TEXT) STRICT;
INSERT INTO input VALUES(1,'/in/good.xml',10,20,1791000000,NULL,NULL,NULL,NULL,NULL);
INSERT INTO input VALUES(2,'/in/bad.xml',11,21,1791000000,NULL,NULL,NULL,NULL,NULL);
INSERT INTO input VALUES(3,'/in/note.txt',12,22,1791000000,NULL,NULL,NULL,NULL,NULL);
INSERT INTO input VALUES(4,'/in/two.zip',13,23,1791000000,NULL,NULL,NULL,NULL,NULL);
INSERT INTO input VALUES(5,'/in/all.mbox',14,24,1791000000,3,X'aabb',NULL,NULL,NULL);
INSERT INTO input VALUES(6,'imap://a@imap.example.com/INBOX;UIDVALIDITY=7/;UID=9',15,25,1791000000,NULL,NULL,1,9,'moved Done');
INSERT INTO input VALUES(7,'/in/cut.xml',16,26,1791000000,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE input_item (
  input_id INTEGER NOT NULL REFERENCES input ON DELETE CASCADE,
  ordinal INTEGER NOT NULL, member TEXT,
  outcome TEXT NOT NULL CHECK (outcome IN ('ingested', 'duplicate', 'conflict', 'rejected', 'not-a-report')),
  report_id INTEGER REFERENCES report ON DELETE SET NULL,
  code TEXT, cause TEXT, line INTEGER, next_step TEXT, mail_offset INTEGER, incomplete INTEGER NOT NULL DEFAULT 0, aside_id INTEGER REFERENCES set_aside ON DELETE SET NULL,
  PRIMARY KEY (input_id, ordinal)
) STRICT, WITHOUT ROWID;
INSERT INTO input_item VALUES(1,0,NULL,'ingested',1,NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO input_item VALUES(2,0,NULL,'rejected',NULL,'empty','it is empty',NULL,'ask for it again',NULL,0,NULL);
INSERT INTO input_item VALUES(3,0,NULL,'not-a-report',NULL,NULL,'plain text',NULL,NULL,NULL,0,NULL);
INSERT INTO input_item VALUES(4,0,'a.xml','duplicate',1,NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO input_item VALUES(4,1,'b.xml','ingested',2,NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO input_item VALUES(5,0,NULL,'duplicate',1,NULL,NULL,NULL,NULL,3,0,NULL);
INSERT INTO input_item VALUES(6,0,NULL,'duplicate',1,NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO input_item VALUES(7,0,NULL,'duplicate',1,NULL,NULL,NULL,NULL,NULL,1,NULL);
CREATE TABLE known_sender (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('database', 'configuration'))
) STRICT;
INSERT INTO known_sender VALUES(1,'Mine','own','database');
INSERT INTO known_sender VALUES(2,'Mailer','service','configuration');
CREATE TABLE known_sender_for (
  known_sender_id INTEGER NOT NULL REFERENCES known_sender ON DELETE CASCADE,
  domain TEXT NOT NULL,
  PRIMARY KEY (known_sender_id, domain)
) STRICT, WITHOUT ROWID;
INSERT INTO known_sender_for VALUES(2,'example.com');
CREATE TABLE IF NOT EXISTS "known_sender_match" (
  known_sender_id INTEGER NOT NULL REFERENCES known_sender ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('network', 'domain', 'host', 'asn')), value TEXT NOT NULL,
  PRIMARY KEY (known_sender_id, kind, value)
) STRICT, WITHOUT ROWID;
INSERT INTO known_sender_match VALUES(1,'network','192.0.2.0/24');
INSERT INTO known_sender_match VALUES(2,'asn','64500');
INSERT INTO known_sender_match VALUES(2,'domain','mailer.example');
INSERT INTO known_sender_match VALUES(2,'host','out.mailer.example');
CREATE TABLE learned_relay (
  key TEXT NOT NULL, organisation TEXT NOT NULL, steady INTEGER NOT NULL, PRIMARY KEY (key, organisation)
) STRICT, WITHOUT ROWID;
INSERT INTO learned_relay VALUES('relay.example','example.com',1);
CREATE TABLE mailbox (
  id INTEGER PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL, uid_validity INTEGER NOT NULL,
  UNIQUE (account, name, uid_validity)
) STRICT;
INSERT INTO mailbox VALUES(1,'imap://a@imap.example.com','INBOX',7);
CREATE TABLE notice (
  scope TEXT NOT NULL, key TEXT NOT NULL, code TEXT NOT NULL, text TEXT NOT NULL,
  first_seen INTEGER NOT NULL, last_told INTEGER NOT NULL,
  PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
INSERT INTO notice VALUES('account a','','connection','no answer',1790900000,1790990000);
CREATE TABLE own_host (
  domain TEXT NOT NULL, address BLOB NOT NULL CHECK (length(address) IN (4, 16)), name TEXT NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('A', 'MX')), changed_at INTEGER NOT NULL,
  PRIMARY KEY (domain, address)
) STRICT, WITHOUT ROWID;
INSERT INTO own_host VALUES('example.com',X'c0000219','mx1.example.com','MX',1791000000);
CREATE TABLE record (
  report_id INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  flow_id INTEGER NOT NULL REFERENCES flow,
  envelope_to_id INTEGER REFERENCES domain,
  messages INTEGER NOT NULL,
  PRIMARY KEY (report_id, ordinal)
) STRICT, WITHOUT ROWID;
INSERT INTO record VALUES(1,0,1,2,5);
INSERT INTO record VALUES(1,1,2,NULL,3);
INSERT INTO record VALUES(2,0,1,NULL,4);
CREATE TABLE report (
  id INTEGER PRIMARY KEY,
  reporter_id INTEGER NOT NULL REFERENCES reporter,
  report_key TEXT NOT NULL,
  policy_domain_id INTEGER NOT NULL REFERENCES domain,
  begin INTEGER NOT NULL, end INTEGER NOT NULL, day INTEGER NOT NULL,
  sha256 BLOB NOT NULL UNIQUE,
  policy_id INTEGER NOT NULL REFERENCES policy,
  org_name TEXT, email TEXT, extra_contact_info TEXT, report_id TEXT, errors TEXT NOT NULL, generator TEXT,
  version TEXT, namespace TEXT, dialect TEXT NOT NULL, extension TEXT,
  row_count INTEGER NOT NULL, messages INTEGER NOT NULL, dropped_rows INTEGER NOT NULL,
  warning_count INTEGER NOT NULL, recovered INTEGER NOT NULL DEFAULT 0,
  ingested_at INTEGER NOT NULL, truncated INTEGER NOT NULL DEFAULT 0, lossy INTEGER NOT NULL DEFAULT 0, sending_organisation_id INTEGER REFERENCES sending_organisation, contested INTEGER NOT NULL DEFAULT 0, plain_sha256 BLOB, first_day INTEGER NOT NULL DEFAULT 0, last_day INTEGER NOT NULL DEFAULT 0, impossible INTEGER NOT NULL DEFAULT 0, group_id INTEGER,
  UNIQUE (reporter_id, report_key, policy_domain_id, begin, end)
) STRICT;
INSERT INTO report VALUES(1,1,'1',1,1790812800,1790899199,20727,X'0101010101010101010101010101010101010101010101010101010101010101',1,'R',NULL,NULL,'1','[]',NULL,NULL,NULL,'rfc7489',NULL,2,8,0,0,0,1791000000,0,0,1,0,NULL,20727,20727,0,1);
INSERT INTO report VALUES(2,1,'2',1,1790812800,1790899199,20727,X'0202020202020202020202020202020202020202020202020202020202020202',1,'R',NULL,NULL,'2','[]',NULL,NULL,NULL,'rfc7489',NULL,1,4,1,1,0,1791000000,1,1,1,1,NULL,20727,20727,0,2);
CREATE TABLE report_mail (
  report_id INTEGER PRIMARY KEY REFERENCES report ON DELETE CASCADE,
  sender TEXT, forwarded_by TEXT, received_at INTEGER,
  agreement TEXT NOT NULL CHECK (agreement IN ('agrees', 'disagrees', 'unknown')),
  signature_domains TEXT NOT NULL, is_signed INTEGER NOT NULL,
  authenticated_by TEXT, authenticated_domain TEXT, dkim_domains TEXT NOT NULL, spf_domain TEXT, dmarc_domain TEXT
) STRICT;
INSERT INTO report_mail VALUES(1,'dmarc@reporter.example',NULL,1790990000,'agrees','["reporter.example"]',1,'mx.example.com','reporter.example','["reporter.example"]',NULL,'reporter.example');
CREATE TABLE reporter (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO reporter VALUES(1,'r');
CREATE TABLE sending_organisation (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
  standing TEXT CHECK (standing IN ('usual', 'authenticated'))
) STRICT;
INSERT INTO sending_organisation VALUES(1,'reporter.example','usual');
CREATE TABLE set_aside (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('removed', 'ignored', 'conflict')),
  reporter TEXT NOT NULL, report_key TEXT NOT NULL, policy_domain TEXT NOT NULL,
  begin INTEGER NOT NULL, end INTEGER NOT NULL, day INTEGER NOT NULL, sha256 BLOB NOT NULL,
  report_id TEXT, row_count INTEGER NOT NULL, messages INTEGER NOT NULL, incomplete INTEGER NOT NULL,
  sender TEXT, organisation TEXT, is_authenticated INTEGER NOT NULL, origin TEXT,
  set_aside_at INTEGER NOT NULL, set_aside_by TEXT, reason TEXT, rule_id INTEGER,
  report_row_id INTEGER, content_bytes INTEGER NOT NULL, content TEXT
) STRICT;
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO setting VALUES('note','kept');
CREATE TABLE source (
  id INTEGER PRIMARY KEY,
  address BLOB NOT NULL UNIQUE CHECK (length(address) IN (4, 16)),
  text TEXT NOT NULL
) STRICT;
INSERT INTO source VALUES(1,X'c0000201','192.0.2.1');
INSERT INTO source VALUES(2,X'20010db8000000000000000000000001','2001:db8::1');
CREATE TABLE source_host (
  source_id INTEGER PRIMARY KEY REFERENCES source ON DELETE CASCADE,
  host TEXT, looked_up_at INTEGER NOT NULL
) STRICT;
INSERT INTO source_host VALUES(1,'mx.example.net',1791000000);
INSERT INTO source_host VALUES(2,NULL,1791000000);
CREATE TABLE spf_range (
  snapshot_id INTEGER NOT NULL REFERENCES spf_snapshot ON DELETE CASCADE,
  ordinal INTEGER NOT NULL, network TEXT NOT NULL, path TEXT NOT NULL, term TEXT NOT NULL,
  everybody INTEGER NOT NULL, shared INTEGER NOT NULL, only_meant INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (snapshot_id, ordinal)
) STRICT, WITHOUT ROWID;
INSERT INTO spf_range VALUES(1,0,'192.0.2.0/24','example.com','ip4:192.0.2.0/24',0,0,0);
CREATE TABLE spf_snapshot (
  id INTEGER PRIMARY KEY, domain TEXT NOT NULL, taken_at INTEGER NOT NULL, checked_at INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('valid', 'none', 'permerror', 'temperror')),
  record TEXT, errors TEXT NOT NULL, dynamic_terms TEXT NOT NULL,
  look_ups INTEGER NOT NULL, void_look_ups INTEGER NOT NULL
) STRICT;
INSERT INTO spf_snapshot VALUES(1,'example.com',1790000000,1791000000,'valid','v=spf1 ip4:192.0.2.0/24 -all','[]','[]',0,0);
CREATE TABLE warning (
  report_id INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
  ordinal INTEGER NOT NULL, code TEXT NOT NULL, line INTEGER, message TEXT NOT NULL,
  PRIMARY KEY (report_id, ordinal)
) STRICT, WITHOUT ROWID;
INSERT INTO warning VALUES(2,0,'row-dropped',7,'a record without a source');
CREATE TABLE report_group (
  id INTEGER PRIMARY KEY,
  day INTEGER NOT NULL, reporter_id INTEGER NOT NULL, organisation_id INTEGER NOT NULL,
  first_day INTEGER NOT NULL, last_day INTEGER NOT NULL, impossible INTEGER NOT NULL, arrival_day INTEGER NOT NULL,
  contested INTEGER NOT NULL, by_mail INTEGER NOT NULL, authenticated_by TEXT NOT NULL,
  UNIQUE (day, reporter_id, organisation_id, first_day, last_day, impossible, arrival_day, contested, by_mail,
    authenticated_by)
) STRICT;
INSERT INTO report_group VALUES(1,20727,1,1,20727,20727,0,0,0,1,'mx.example.com');
INSERT INTO report_group VALUES(2,20727,1,1,20727,20727,0,0,1,0,'');
CREATE TABLE flow_kind (
  id INTEGER PRIMARY KEY,
  dmarc_pass INTEGER NOT NULL, dkim_aligned INTEGER NOT NULL, spf_aligned INTEGER NOT NULL,
  evaluation TEXT NOT NULL, disposition TEXT NOT NULL,
  verdict TEXT NOT NULL, subtype TEXT NOT NULL, confidence TEXT NOT NULL, unknown_ip INTEGER NOT NULL,
  failed_signature INTEGER NOT NULL, -- whether a DKIM signature did not verify
  UNIQUE (dmarc_pass, dkim_aligned, spf_aligned, evaluation, disposition, verdict, subtype, confidence, unknown_ip,
    failed_signature)
) STRICT;
INSERT INTO flow_kind VALUES(1,1,1,0,'reported','none','aligned','dkim-only','high',0,0);
INSERT INTO flow_kind VALUES(2,0,0,0,'reported','reject','','','',0,0);
CREATE TABLE flow_month (
  month INTEGER NOT NULL, kind_id INTEGER NOT NULL, domain_id INTEGER NOT NULL, flow_id INTEGER NOT NULL,
  source_id INTEGER NOT NULL, outcome_id INTEGER NOT NULL, messages INTEGER NOT NULL, detail BLOB NOT NULL,
  PRIMARY KEY (month, kind_id, domain_id, flow_id)
) STRICT, WITHOUT ROWID;
INSERT INTO flow_month VALUES(24321,1,1,1,1,1,9,X'010105010104');
INSERT INTO flow_month VALUES(24321,2,1,2,2,2,3,X'010103');
CREATE TABLE domain_month (
  month INTEGER NOT NULL, kind_id INTEGER NOT NULL, domain_id INTEGER NOT NULL,
  messages INTEGER NOT NULL, detail BLOB NOT NULL,
  PRIMARY KEY (month, kind_id, domain_id)
) STRICT, WITHOUT ROWID;
INSERT INTO domain_month VALUES(24321,1,1,9,X'010105010104');
INSERT INTO domain_month VALUES(24321,2,1,3,X'010103');
CREATE TABLE report_month (
  month INTEGER NOT NULL, domain_id INTEGER NOT NULL, detail BLOB NOT NULL,
  PRIMARY KEY (month, domain_id)
) STRICT, WITHOUT ROWID;
INSERT INTO report_month VALUES(24321,1,X'010100010101');
CREATE TABLE recipient (
  header_from_id INTEGER NOT NULL, domain_id INTEGER NOT NULL, row_count INTEGER NOT NULL,
  PRIMARY KEY (header_from_id, domain_id)
) STRICT, WITHOUT ROWID;
INSERT INTO recipient VALUES(1,2,1);
CREATE TABLE IF NOT EXISTS "policy" (
  id INTEGER PRIMARY KEY, key BLOB NOT NULL CHECK (length(key) = 16),
  domain_id INTEGER NOT NULL REFERENCES domain,
  adkim TEXT, aspf TEXT, p TEXT, sp TEXT, np TEXT, pct INTEGER, fo TEXT, testing TEXT, discovery_method TEXT
) STRICT;
INSERT INTO policy VALUES(1,X'ae150602f3401f59ac8213c73a514f1a',1,NULL,NULL,'reject',NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE IF NOT EXISTS "outcome" (
  id INTEGER PRIMARY KEY, key BLOB NOT NULL CHECK (length(key) = 16),
  disposition TEXT, dkim_aligned INTEGER NOT NULL, spf_aligned INTEGER NOT NULL, dmarc_pass INTEGER NOT NULL,
  header_from_id INTEGER REFERENCES domain, envelope_from_id INTEGER REFERENCES domain,
  evaluated_dkim TEXT, evaluated_spf TEXT,
  dkim_results TEXT NOT NULL, spf_results TEXT NOT NULL, reasons TEXT NOT NULL, extension TEXT,
  evaluation TEXT NOT NULL DEFAULT 'reported' CHECK (evaluation IN ('reported', 'computed', 'none'))
) STRICT;
INSERT INTO outcome VALUES(1,X'd929652b7327f1617a50e525fcb6a3c2','none',1,0,1,1,NULL,'pass','fail','[{"domain":"example.com","selector":"s1","result":"pass","human_result":null}]','[{"domain":"forward.example","scope":null,"result":"pass","human_result":null}]','[]',NULL,'reported');
INSERT INTO outcome VALUES(2,X'978fcb62ca96eadd67d2020f5e8c56db','reject',0,0,0,1,3,'fail','fail','[]','[]','[]',NULL,'reported');
CREATE TABLE judged_organisation (
  name TEXT PRIMARY KEY, wanted INTEGER NOT NULL, judged INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE matter (
  id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, subject TEXT NOT NULL,
  severity TEXT NOT NULL, since INTEGER NOT NULL, ended INTEGER,
  begun_telling TEXT NOT NULL, ended_telling TEXT, detail TEXT NOT NULL
) STRICT;
INSERT INTO matter VALUES(1,'key-broke','example.com/s1','high',20741,NULL,'told',NULL,'{"begun":{"day":20742,"telling":"told","texts":{"en":{"sentences":["Signatures fail since 2026-10-15."],"title":"Selector s1 of example.com does not verify"},"ja":{"sentences":["2026-10-15 以降、署名が不合格です。"],"title":"example.com のセレクタ s1 が検証できません"}}},"domains":["example.com"]}');
CREATE TABLE matter_progress (
  id INTEGER PRIMARY KEY CHECK (id = 1), first_day INTEGER, full_day INTEGER, report_id INTEGER NOT NULL,
  runs INTEGER NOT NULL
, snapshot_id INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO matter_progress VALUES(1,20741,20742,1,2,0);
CREATE TABLE alerted_domain (domain_id INTEGER PRIMARY KEY, first_day INTEGER NOT NULL) STRICT;
INSERT INTO alerted_domain VALUES(1,20741);
CREATE TABLE alert_mute (
  id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT, domain TEXT, sender TEXT, until INTEGER, note TEXT,
  made_at INTEGER NOT NULL
) STRICT;
INSERT INTO alert_mute VALUES(1,'spoofing','parked.example',NULL,20800,'not in use',1791800000);
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, recipient TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('alert', 'digest', 'test')), title TEXT NOT NULL,
  channel TEXT NOT NULL, address TEXT, header TEXT NOT NULL, body BLOB,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'dropped')),
  created_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_attempt_at INTEGER,
  lease TEXT, leased_until INTEGER, finished_at INTEGER, cause TEXT
) STRICT;
INSERT INTO outbox VALUES(1,'alert:key-broke:1:1:begun:ops','ops','alert','Selector s1 of example.com does not verify','webhook',NULL,'',X'7b7d','waiting',1792000000,1,1792000060,NULL,NULL,NULL,'the server answered 500');
INSERT INTO outbox VALUES(2,'digest:2026-09-01/2026-09-30:ops:ops@example.com','ops@example.com','digest','Review of September 2026','mail','ops@example.com','',NULL,'sent',1792000000,1,NULL,NULL,NULL,1792000001,NULL);
CREATE TABLE record_snapshot (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  domain TEXT NOT NULL, kind TEXT NOT NULL, owner TEXT NOT NULL,
  first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
  state TEXT, text TEXT, confirmed_at INTEGER
) STRICT;
INSERT INTO record_snapshot VALUES(1,'example.com','dmarc','_dmarc.example.com',1790812800,1790899200,'v=DMARC1; p=none',NULL,1790812800);
INSERT INTO record_snapshot VALUES(2,'example.com','spf','example.com',1790000000,1791000000,'v=spf1 ip4:192.0.2.0/24 -all',NULL,1790000000);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('conflict',1);
INSERT INTO sqlite_sequence VALUES('matter',1);
INSERT INTO sqlite_sequence VALUES('alert_mute',1);
INSERT INTO sqlite_sequence VALUES('outbox',2);
INSERT INTO sqlite_sequence VALUES('record_snapshot',2);
CREATE INDEX flow_by_outcome ON flow (outcome_id);
CREATE INDEX report_by_day ON report (day);
CREATE INDEX report_by_domain ON report (policy_domain_id, day);
CREATE INDEX record_by_flow ON record (flow_id, messages);
CREATE INDEX input_item_by_report ON input_item (report_id);
CREATE INDEX input_item_rejected ON input_item (input_id) WHERE outcome = 'rejected';
CREATE INDEX spf_snapshot_by_domain ON spf_snapshot (domain, taken_at);
CREATE UNIQUE INDEX input_by_uid ON input (mailbox_id, uid) WHERE mailbox_id IS NOT NULL;
CREATE INDEX report_by_sending_organisation
  ON report (sending_organisation_id, reporter_id, policy_domain_id, day, end, ingested_at, contested);
CREATE INDEX report_by_plain_sha256 ON report (plain_sha256) WHERE plain_sha256 IS NOT NULL;
CREATE INDEX set_aside_by_identity ON set_aside (report_key, reporter, begin);
CREATE INDEX set_aside_by_row ON set_aside (report_row_id);
CREATE INDEX input_item_by_aside ON input_item (aside_id) WHERE aside_id IS NOT NULL;
CREATE INDEX conflict_by_aside ON conflict (aside_id) WHERE aside_id IS NOT NULL;
CREATE INDEX report_over_days ON report (first_day, last_day) WHERE last_day > first_day;
CREATE INDEX flow_by_known_sender ON flow (known_sender_id) WHERE known_sender_id IS NOT NULL;
CREATE INDEX learned_relay_by_organisation ON learned_relay (organisation);
CREATE VIEW v_record AS
SELECT record.report_id AS report_row_id, record.ordinal AS ordinal, reporter.name AS reporter,
  report.report_id AS report_id, policy_domain.name AS policy_domain, report.begin AS begin, report.end AS end,
  date(report.day * 86400, 'unixepoch') AS day, source.text AS source_ip, record.messages AS messages,
  outcome.disposition AS disposition, outcome.dkim_aligned AS dkim_aligned, outcome.spf_aligned AS spf_aligned,
  outcome.dmarc_pass AS dmarc_pass, header_from.name AS header_from, envelope_from.name AS envelope_from,
  envelope_to.name AS envelope_to, outcome.dkim_results AS dkim_results, outcome.spf_results AS spf_results,
  outcome.reasons AS reasons, flow.verdict AS verdict, flow.subtype AS subtype, flow.confidence AS confidence,
  flow.rule AS rule, flow.unknown_ip AS unknown_ip, known_sender.name AS known_sender,
  outcome.extension AS extension,
  flow.issues AS issues, flow.rules_version AS rules_version, source_host.host AS host,
  outcome.evaluation AS evaluation, flow.unknown_ip AS needs_review
FROM record
JOIN report ON report.id = record.report_id
JOIN reporter ON reporter.id = report.reporter_id
JOIN domain AS policy_domain ON policy_domain.id = report.policy_domain_id
JOIN flow ON flow.id = record.flow_id
JOIN source ON source.id = flow.source_id
JOIN outcome ON outcome.id = flow.outcome_id
LEFT JOIN domain AS header_from ON header_from.id = outcome.header_from_id
LEFT JOIN domain AS envelope_from ON envelope_from.id = outcome.envelope_from_id
LEFT JOIN domain AS envelope_to ON envelope_to.id = record.envelope_to_id
LEFT JOIN known_sender ON known_sender.id = flow.known_sender_id
LEFT JOIN source_host ON source_host.source_id = source.id;
CREATE VIEW v_report AS
SELECT report.id AS report_row_id, reporter.name AS reporter, report.report_id AS report_id,
  policy_domain.name AS policy_domain, report.begin AS begin, report.end AS end,
  date(report.day * 86400, 'unixepoch') AS day, report.org_name AS org_name, report.email AS email,
  report.extra_contact_info AS extra_contact_info, report.errors AS errors, report.generator AS generator,
  report.version AS version, report.namespace AS namespace, report.dialect AS dialect,
  report.extension AS extension, policy.adkim AS adkim, policy.aspf AS aspf, policy.p AS p, policy.sp AS sp,
  policy.np AS np, policy.pct AS pct, policy.fo AS fo, policy.testing AS testing,
  policy.discovery_method AS discovery_method, report.row_count AS row_count, report.messages AS messages,
  report.dropped_rows AS dropped_rows, report.warning_count AS warning_count, report.recovered AS recovered,
  report.truncated AS truncated,
  lower(hex(report.sha256)) AS sha256, report.ingested_at AS ingested_at,
  (SELECT input.path || coalesce('#' || input_item.member, '') FROM input_item
    JOIN input ON input.id = input_item.input_id
    WHERE input_item.report_id = report.id AND input_item.outcome = 'ingested' LIMIT 1) AS origin,
  report_mail.sender AS mail_from, report_mail.forwarded_by AS forwarded_by,
  report_mail.authenticated_by AS authenticated_by, report_mail.authenticated_domain AS authenticated_domain,
  report_mail.signature_domains AS dkim_signatures, report_mail.dkim_domains AS dkim_passed,
  report_mail.spf_domain AS spf_passed, report_mail.dmarc_domain AS dmarc_passed,
  report_mail.agreement AS sender_agreement, sending_organisation.name AS sending_organisation,
  sending_organisation.standing AS standing, report.contested AS contested,
  date(report.first_day * 86400, 'unixepoch') AS first_day,
  date(report.last_day * 86400, 'unixepoch') AS last_day, report.impossible AS impossible
FROM report
JOIN reporter ON reporter.id = report.reporter_id
JOIN domain AS policy_domain ON policy_domain.id = report.policy_domain_id
JOIN policy ON policy.id = report.policy_id
LEFT JOIN report_mail ON report_mail.report_id = report.id
LEFT JOIN sending_organisation ON sending_organisation.id = report.sending_organisation_id;
CREATE VIEW v_source AS
SELECT source.text AS source_ip, sum(record.messages) AS messages, count(*) AS row_count,
  sum(record.messages * outcome.dmarc_pass) AS passed, 
  sum(CASE WHEN outcome.dmarc_pass OR outcome.evaluation = 'none' THEN 0 ELSE record.messages END) AS failed,
  sum(record.messages * outcome.dkim_aligned) AS dkim_aligned,
  sum(record.messages * outcome.spf_aligned) AS spf_aligned,
  count(DISTINCT report.reporter_id) AS reporters, count(DISTINCT report.policy_domain_id) AS policy_domains,
  date(coalesce(min(CASE WHEN NOT report.impossible THEN report.first_day END), min(report.first_day)) * 86400,
    'unixepoch') AS first_day,
  date(coalesce(max(CASE WHEN NOT report.impossible THEN report.last_day END), max(report.last_day)) * 86400,
    'unixepoch') AS last_day,
  max(known_sender.name) AS known_sender,
  sum(CASE WHEN outcome.evaluation = 'none' THEN record.messages ELSE 0 END) AS not_evaluated
FROM source
JOIN flow ON flow.source_id = source.id
JOIN outcome ON outcome.id = flow.outcome_id
JOIN record ON record.flow_id = flow.id
JOIN report ON report.id = record.report_id
LEFT JOIN known_sender ON known_sender.id = flow.known_sender_id
GROUP BY source.id;
CREATE INDEX report_group_over_days ON report_group (first_day, last_day) WHERE last_day > first_day;
CREATE INDEX domain_month_by_domain ON domain_month (domain_id, month, kind_id);
CREATE UNIQUE INDEX policy_by_key ON policy (key);
CREATE UNIQUE INDEX outcome_by_key ON outcome (key);
CREATE INDEX outcome_by_header_from ON outcome (header_from_id);
CREATE INDEX organisation_to_judge ON judged_organisation (name) WHERE judged < wanted;
CREATE INDEX matter_open ON matter (id) WHERE ended IS NULL;
CREATE INDEX matter_by_end ON matter (ended) WHERE ended IS NOT NULL;
CREATE INDEX matter_pending ON matter (id) WHERE begun_telling = 'pending' OR ended_telling = 'pending';
CREATE INDEX outbox_waiting ON outbox (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX outbox_finished ON outbox (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX record_snapshot_by_owner ON record_snapshot (domain, kind, owner, first_seen);
COMMIT;
