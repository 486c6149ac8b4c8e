-- +goose Up

-- Uploads that are quarantined, and those that are remembered after their end.
CREATE TABLE new_uploads (
    tenant            TEXT    NOT NULL,
    subject           TEXT    NOT NULL,
    upload_id         TEXT    NOT NULL,
    file_name         TEXT    NOT NULL,
    total_size        INTEGER NOT NULL, -- bytes; -1 when not declared
    checksum          TEXT    NOT NULL,
    content_type      TEXT    NOT NULL, -- the client's claim
    metadata          TEXT, -- JSON object
    if_absent         INTEGER NOT NULL CHECK (if_absent IN (0, 1)),
    file_expires_at   INTEGER, -- NULL for what the policy says
    file_id           TEXT    NOT NULL,
    status            TEXT    NOT NULL CHECK (
        status IN ('receiving', 'available', 'quarantined', 'aborted', 'expired', 'deleted')),
    checkpoint_offset INTEGER NOT NULL,
    hash_state        BLOB,
    part_proof        BLOB,
    head              BLOB,
    found_type        TEXT    NOT NULL DEFAULT '', -- the type found in the content
    duplicate_bytes   INTEGER NOT NULL,
    streams           INTEGER NOT NULL,
    receipt           TEXT CHECK ((receipt IS NOT NULL) = (status IN ('available', 'quarantined'))), -- JSON object
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    expires_at        INTEGER, -- NULL for never
    reserved          INTEGER NOT NULL CHECK (reserved = 0 OR status = 'receiving'), -- bytes
    PRIMARY KEY (tenant, subject, upload_id)
) STRICT;

INSERT INTO new_uploads
SELECT tenant, subject, upload_id, file_name, total_size, checksum, content_type, metadata, 0, NULL,
    file_id, status, checkpoint_offset, hash_state, NULL, NULL, '', duplicate_bytes, streams,
    receipt, created_at, updated_at, expires_at, iif(status = 'receiving', reserved, 0)
FROM uploads;

-- Its indexes and triggers go with it. Nothing is subtracted from the usage.
DROP TABLE uploads;
ALTER TABLE new_uploads RENAME TO uploads;

-- Several uploads may have come to one file.
CREATE INDEX uploads_by_file ON uploads (file_id);

-- The status lets a list skip a row without reading it.
CREATE INDEX uploads_by_creation ON uploads (tenant, subject, created_at, upload_id, status);

CREATE INDEX uploads_by_expiry ON uploads (expires_at, file_id) WHERE expires_at IS NOT NULL;

-- Files of one tenant that may share their content, the blob, which some check
-- may have quarantined or found damaged.
CREATE TABLE new_files (
    id               TEXT    NOT NULL PRIMARY KEY,
    blob_id          TEXT    NOT NULL,
    tenant           TEXT    NOT NULL,
    owner            TEXT    NOT NULL,
    name             TEXT    NOT NULL,
    size             INTEGER NOT NULL, -- bytes
    checksum         TEXT    NOT NULL,
    content_type     TEXT    NOT NULL,
    metadata         TEXT, -- JSON object
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    expires_at       INTEGER, -- NULL for never
    status           TEXT    NOT NULL CHECK (status IN ('available', 'quarantined')),
    quarantine       TEXT    NOT NULL CHECK (quarantine = '' OR status = 'quarantined'),
    verified_at      INTEGER, -- NULL for never
    damaged_at       INTEGER, -- NULL for undamaged
    damage           TEXT    NOT NULL,
    unverified_since INTEGER NOT NULL -- when the content was stored or last verified
) STRICT;

INSERT INTO new_files
SELECT id, id, tenant, owner, name, size, checksum, content_type, metadata, created_at, updated_at, expires_at,
    'available', '', NULL, NULL, '', created_at
FROM files;

DROP TABLE files;
ALTER TABLE new_files RENAME TO files;

CREATE INDEX files_by_creation ON files (tenant, status, created_at, id);

-- Creation, identifier and status let a search by prefix order its hits without
-- reading their rows. The checksum finds the same file.
CREATE INDEX files_by_name ON files (tenant, name, checksum, created_at, id, status);

CREATE INDEX files_by_expiry ON files (expires_at, id) WHERE expires_at IS NOT NULL;

CREATE INDEX files_by_blob ON files (blob_id);

-- What may be shared.
CREATE INDEX files_by_content ON files (tenant, checksum, created_at, id)
WHERE status = 'available' AND damaged_at IS NULL;

CREATE INDEX files_by_verification ON files (unverified_since, blob_id);

-- The triggers of 00002 once more.

-- +goose StatementBegin
CREATE TRIGGER file_added AFTER INSERT ON files BEGIN
    INSERT INTO usage VALUES (NEW.tenant, NEW.size, 1, 0, 0)
    ON CONFLICT (tenant) DO UPDATE SET bytes = bytes + NEW.size, files = files + 1;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER file_removed AFTER DELETE ON files BEGIN
    UPDATE usage SET bytes = bytes - OLD.size, files = files - 1 WHERE tenant = OLD.tenant;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER upload_begun AFTER INSERT ON uploads WHEN NEW.status = 'receiving' BEGIN
    INSERT INTO usage VALUES (NEW.tenant, 0, 0, NEW.reserved, 1)
    ON CONFLICT (tenant) DO UPDATE SET
        reserved_bytes = reserved_bytes + NEW.reserved, reserved_files = reserved_files + 1;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER upload_forgotten AFTER DELETE ON uploads WHEN OLD.status = 'receiving' BEGIN
    UPDATE usage SET reserved_bytes = reserved_bytes - OLD.reserved, reserved_files = reserved_files - 1
    WHERE tenant = OLD.tenant;
END;
-- +goose StatementEnd

-- An upload may begin anew in the place of one that has ended.
-- +goose StatementBegin
CREATE TRIGGER upload_changed AFTER UPDATE OF reserved, status ON uploads
WHEN OLD.status = 'receiving' OR NEW.status = 'receiving' BEGIN
    UPDATE usage SET
        reserved_bytes = reserved_bytes
            + iif(NEW.status = 'receiving', NEW.reserved, 0) - iif(OLD.status = 'receiving', OLD.reserved, 0),
        reserved_files = reserved_files + (NEW.status = 'receiving') - (OLD.status = 'receiving')
    WHERE tenant = NEW.tenant;
END;
-- +goose StatementEnd
