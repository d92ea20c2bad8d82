-- A file as version 0.1 left it half-way, before failed rows had a table of their name: row 1 is done, row 2 failed,
-- row 3 is pending.
CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT, embedding BLOB);
CREATE TABLE notes_metrics(
    "id" INTEGER NOT NULL,
    word_ratio REAL, word_count INTEGER, length INTEGER, entity_count INTEGER, frequency INTEGER, updated_at TEXT,
    PRIMARY KEY("id"));
CREATE TABLE ingest_embeddings_dead(
    "table" TEXT NOT NULL,
    key     TEXT NOT NULL,
    shown   TEXT NOT NULL,
    stage   TEXT NOT NULL,
    reason  TEXT NOT NULL,
    at      TEXT NOT NULL,
    PRIMARY KEY("table", key)) WITHOUT ROWID;
CREATE TABLE ingest_embeddings_space(
    "table"     TEXT NOT NULL,
    "column"    TEXT NOT NULL,
    dimension   INTEGER NOT NULL,
    model       TEXT,
    fingerprint TEXT,
    at          TEXT NOT NULL,
    PRIMARY KEY("table", "column")) WITHOUT ROWID;
CREATE TABLE ingest_embeddings_setting(
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE ingest_embeddings_frequency(text TEXT PRIMARY KEY, rows INTEGER NOT NULL) WITHOUT ROWID;

INSERT INTO notes VALUES (1, 'one', x'0000803f000000400000404000008040'), (2, 'two', NULL), (3, 'three', NULL);
INSERT INTO notes_metrics VALUES (1, NULL, 1, 3, 0, NULL, '2026-01-02T03:04:05.000Z');
INSERT INTO ingest_embeddings_dead VALUES ('notes', '2', '2', 'encode', 'the model failed on this text', '2026-01-02T03:04:05.000Z');
INSERT INTO ingest_embeddings_space VALUES ('notes', 'embedding', 4, 'test:first', 'f1', '2026-01-02T03:04:05.000Z');
INSERT INTO ingest_embeddings_setting VALUES ('source', 'a file');
