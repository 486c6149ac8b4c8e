-- +goose Up

-- Times are microseconds since 1970 in UTC. JSON null is NULL.

CREATE TABLE uploads (
    tenant            TEXT    NOT NULL,
    subject           TEXT    NOT NULL,
    upload_id         TEXT    NOT NULL,
    file_name         TEXT    NOT NULL,
    total_size        INTEGER NOT NULL, -- bytes; -1 when not declared
    checksum          TEXT    NOT NULL,
    content_type      TEXT    NOT NULL,
    metadata          TEXT, -- JSON object
    file_id           TEXT    NOT NULL,
    status            TEXT    NOT NULL CHECK (status IN ('receiving', 'available', 'aborted')),
    checkpoint_offset INTEGER NOT NULL,
    hash_state        BLOB,
    duplicate_bytes   INTEGER NOT NULL,
    streams           INTEGER NOT NULL,
    receipt           TEXT CHECK ((receipt IS NOT NULL) = (status = 'available')), -- JSON object
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    expires_at        INTEGER, -- NULL for never
    PRIMARY KEY (tenant, subject, upload_id)
) STRICT;

CREATE UNIQUE INDEX uploads_by_file ON uploads (file_id);

-- The status lets a list skip a row without reading it.
CREATE INDEX uploads_by_creation ON uploads (tenant, subject, created_at, upload_id, status);

CREATE INDEX uploads_by_expiry ON uploads (expires_at, file_id) WHERE expires_at IS NOT NULL;

CREATE TABLE files (
    id           TEXT    NOT NULL PRIMARY KEY,
    tenant       TEXT    NOT NULL,
    owner        TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    size         INTEGER NOT NULL, -- bytes
    checksum     TEXT    NOT NULL,
    content_type TEXT    NOT NULL,
    metadata     TEXT, -- JSON object
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    expires_at   INTEGER -- NULL for never
) STRICT;

CREATE INDEX files_by_creation ON files (tenant, created_at, id);

-- Creation and identifier let a search by prefix order its hits without
-- reading their rows.
CREATE INDEX files_by_name ON files (tenant, name, created_at, id);

CREATE INDEX files_by_expiry ON files (expires_at, id) WHERE expires_at IS NOT NULL;

-- The store whose bytes this catalog is about: one row once it is known.
CREATE TABLE store (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    id  TEXT    NOT NULL
) STRICT;
