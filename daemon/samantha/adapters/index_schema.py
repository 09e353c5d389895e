"""The tables of index.db. All of it can be built anew from the sources."""

from __future__ import annotations

from samantha.adapters.sqlite import Schema

_VERSION_1 = """
CREATE TABLE documents (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    path BLOB NOT NULL,
    media TEXT NOT NULL,
    format TEXT NOT NULL,
    title TEXT NOT NULL,
    people TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    at INTEGER NOT NULL,
    words INTEGER NOT NULL,
    kind TEXT NOT NULL,
    author TEXT NOT NULL,
    thread INTEGER,
    subject TEXT NOT NULL DEFAULT '',
    mail TEXT,
    regions TEXT NOT NULL,
    meta TEXT NOT NULL,
    analysis TEXT NOT NULL
);
CREATE INDEX documents_at ON documents (at);
CREATE INDEX documents_kind ON documents (kind, at);
CREATE INDEX documents_fingerprint ON documents (fingerprint);
CREATE INDEX documents_thread ON documents (thread) WHERE thread IS NOT NULL;
CREATE INDEX documents_subject ON documents (subject) WHERE subject <> '';

CREATE TABLE texts (
    n INTEGER PRIMARY KEY REFERENCES documents (n) ON DELETE CASCADE,
    text TEXT NOT NULL
);

CREATE TABLE paths (
    source TEXT NOT NULL,
    path BLOB NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    folder TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    n INTEGER NOT NULL REFERENCES documents (n),
    PRIMARY KEY (source, path)
) WITHOUT ROWID;
CREATE INDEX paths_document ON paths (n);

CREATE TABLE quarantine (
    source TEXT NOT NULL,
    path BLOB NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    reason TEXT NOT NULL,
    tries INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (source, path)
) WITHOUT ROWID;

CREATE TABLE signals (
    kind TEXT NOT NULL,
    n INTEGER NOT NULL REFERENCES documents (n) ON DELETE CASCADE,
    PRIMARY KEY (kind, n)
) WITHOUT ROWID;
CREATE INDEX signals_document ON signals (n);

CREATE TABLE mail_refs (
    message_id TEXT NOT NULL,
    n INTEGER NOT NULL REFERENCES documents (n) ON DELETE CASCADE,
    PRIMARY KEY (message_id, n)
) WITHOUT ROWID;
CREATE INDEX mail_refs_document ON mail_refs (n);

CREATE TABLE mail_people (
    address TEXT NOT NULL,
    n INTEGER NOT NULL REFERENCES documents (n) ON DELETE CASCADE,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (address, n, role)
) WITHOUT ROWID;
CREATE INDEX mail_people_document ON mail_people (n);

CREATE TABLE vectors (
    n INTEGER PRIMARY KEY REFERENCES documents (n) ON DELETE CASCADE,
    vector BLOB NOT NULL
);

CREATE TABLE unasked (
    n INTEGER PRIMARY KEY REFERENCES documents (n) ON DELETE CASCADE
);

CREATE VIEW searchable AS
SELECT d.n AS n, d.title AS title, t.text AS text, d.people AS people
FROM documents d JOIN texts t ON t.n = d.n;

CREATE VIRTUAL TABLE words USING fts5 (
    title, text, people,
    content = 'searchable', content_rowid = 'n',
    tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO words (words, rank) VALUES ('rank', 'bm25(5.0, 1.0, 3.0)');
"""

_VERSION_2 = """
CREATE TABLE silences (
    plugin TEXT NOT NULL,
    n INTEGER NOT NULL REFERENCES documents (n) ON DELETE CASCADE,
    reason TEXT NOT NULL,
    thing TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (n, plugin, reason)
) WITHOUT ROWID;
"""

_VERSION_3 = """
CREATE INDEX documents_media ON documents (media, at);
"""

_VERSION_4 = """
CREATE TABLE wakes (
    plugin TEXT NOT NULL,
    thing TEXT NOT NULL,
    n INTEGER NOT NULL REFERENCES documents (n) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    PRIMARY KEY (plugin, thing, n)
) WITHOUT ROWID;
CREATE INDEX wakes_at ON wakes (at);
CREATE INDEX wakes_document ON wakes (n);

CREATE TABLE acquainted (
    plugin TEXT PRIMARY KEY
) WITHOUT ROWID;
"""

INDEX = Schema("index", (_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4), durable=False)
