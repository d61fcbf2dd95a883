"""The tables of a case file, in one place. Written for SQLite 3.40 (no newer SQL than that).

Everything here but `custody`, `entry` and `withheld` can be rebuilt from the originals. `record.id` is the order of reading, which
is the same on every machine and at any worker count. Within a claim `tie` breaks ties between equal times: it is `id`, or
`-id` in a list that runs from the newest to the oldest. Who a record names stands in a set of parties, because the
messages of a chat name the same people over and over: `record.parties` is the set, and `party` shows it record by record.
A set belongs to one claim.
"""

from __future__ import annotations

CASE_SCHEMA_VERSION = "5"

TABLES = """
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS source(
  id INTEGER PRIMARY KEY, label TEXT UNIQUE NOT NULL, name TEXT NOT NULL, paths TEXT NOT NULL,
  options TEXT NOT NULL, state TEXT NOT NULL, fingerprint TEXT NOT NULL, missing TEXT NOT NULL DEFAULT '[]');
CREATE TABLE IF NOT EXISTS original(
  id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL, relpath TEXT NOT NULL, path TEXT NOT NULL,
  size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 TEXT, blake3 TEXT,
  after_sha256 TEXT, after_blake3 TEXT, after_size INTEGER, after_reason TEXT NOT NULL DEFAULT '',
  same_as TEXT, UNIQUE(source_id, relpath));
CREATE TABLE IF NOT EXISTS member(
  id INTEGER PRIMARY KEY, original_id INTEGER NOT NULL, path TEXT NOT NULL, tree_path TEXT NOT NULL,
  size INTEGER, media_type TEXT NOT NULL, modified_ns INTEGER, UNIQUE(original_id, path));
CREATE TABLE IF NOT EXISTS fate(
  id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL, path TEXT NOT NULL, fate TEXT NOT NULL, reason TEXT NOT NULL,
  media_type TEXT NOT NULL, size INTEGER, sha256 TEXT, blake3 TEXT);
CREATE TABLE IF NOT EXISTS claim(
  id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL, position INTEGER NOT NULL, parser TEXT NOT NULL,
  version TEXT NOT NULL, title TEXT NOT NULL, members TEXT NOT NULL, aside TEXT NOT NULL, facts TEXT NOT NULL,
  decisions TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 0, read INTEGER NOT NULL DEFAULT 0,
  unread INTEGER NOT NULL DEFAULT 0, first_us INTEGER, last_us INTEGER, undated INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL, UNIQUE(source_id, position));
CREATE TABLE IF NOT EXISTS reading(claim_id INTEGER, relpath TEXT, path TEXT, sha256 TEXT, blake3 TEXT, size INTEGER);
CREATE TABLE IF NOT EXISTS account(
  id INTEGER PRIMARY KEY, service TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, name TEXT NOT NULL,
  normal TEXT NOT NULL, UNIQUE(service, kind, value, name));
CREATE TABLE IF NOT EXISTS record(
  id INTEGER PRIMARY KEY, claim_id INTEGER NOT NULL, member_id INTEGER NOT NULL, locator TEXT NOT NULL,
  kind TEXT NOT NULL, utc_us INTEGER, sender_id INTEGER, stated_key INTEGER, marks TEXT NOT NULL,
  tie INTEGER NOT NULL, parties INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS party_set(
  id INTEGER NOT NULL, place INTEGER NOT NULL, account_id INTEGER NOT NULL, role TEXT NOT NULL,
  PRIMARY KEY(id, place)) WITHOUT ROWID;
CREATE VIEW IF NOT EXISTS party AS
  SELECT r.id AS record_id, s.place AS place, s.account_id AS account_id, s.role AS role
  FROM record r JOIN party_set s ON s.id=r.parties;
CREATE TABLE IF NOT EXISTS link(key INTEGER NOT NULL, record_id INTEGER NOT NULL, own INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fallback(key INTEGER NOT NULL, record_id INTEGER NOT NULL, seeks INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS stated(
  key INTEGER PRIMARY KEY, title TEXT, is_group INTEGER NOT NULL, account_events INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS unread(
  id INTEGER PRIMARY KEY, claim_id INTEGER NOT NULL, member_id INTEGER NOT NULL, locator TEXT NOT NULL,
  kind TEXT NOT NULL, detail TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS placed(record_id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS conversation(id INTEGER PRIMARY KEY, rule TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS chosen(
  record_id INTEGER PRIMARY KEY, part TEXT NOT NULL, matched TEXT NOT NULL, number INTEGER, gap INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS custody(seq INTEGER PRIMARY KEY, line TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS withheld(
  sha256 TEXT NOT NULL, path TEXT NOT NULL, locator TEXT NOT NULL, reason TEXT NOT NULL, event_id TEXT NOT NULL,
  PRIMARY KEY(sha256, path, locator)) WITHOUT ROWID;
"""

INDEXES = """
CREATE INDEX IF NOT EXISTS account_normal ON account(normal);
CREATE INDEX IF NOT EXISTS record_claim ON record(claim_id);
"""

# What only a selection asks for: sorted once when it begins, which takes a third of keeping it sorted while reading.
SELECTION_INDEXES = """
CREATE INDEX IF NOT EXISTS party_account ON party_set(account_id);
CREATE INDEX IF NOT EXISTS record_parties ON record(parties);
CREATE INDEX IF NOT EXISTS placed_conversation ON placed(conversation);
"""
