-- +goose Up

-- Names and identifiers compare byte by byte, whatever the database's collation
-- is. JSON null is NULL.

CREATE TABLE uploads (
    tenant            text COLLATE "C" NOT NULL,
    subject           text COLLATE "C" NOT NULL,
    upload_id         text COLLATE "C" NOT NULL,
    file_name         text COLLATE "C" NOT NULL,
    total_size        bigint           NOT NULL, -- bytes; -1 when not declared
    checksum          text COLLATE "C" NOT NULL,
    content_type      text             NOT NULL, -- the client's claim
    metadata          jsonb,
    if_absent         boolean          NOT NULL,
    file_expires_at   timestamptz, -- NULL for what the policy says
    file_id           text COLLATE "C" NOT NULL,
    status            text COLLATE "C" NOT NULL CHECK (
        status IN ('receiving', 'available', 'quarantined', 'aborted', 'expired', 'deleted')),
    checkpoint_offset bigint           NOT NULL,
    hash_state        bytea,
    part_proof        bytea,
    head              bytea,
    found_type        text             NOT NULL, -- the type found in the content
    duplicate_bytes   bigint           NOT NULL,
    streams           bigint           NOT NULL,
    receipt           jsonb CHECK ((receipt IS NOT NULL) = (status IN ('available', 'quarantined'))),
    created_at        timestamptz      NOT NULL,
    updated_at        timestamptz      NOT NULL,
    expires_at        timestamptz, -- NULL for never
    reserved          bigint           NOT NULL CHECK (reserved = 0 OR status = 'receiving'), -- bytes
    PRIMARY KEY (tenant, subject, upload_id)
);

CREATE INDEX uploads_by_file ON uploads (file_id);

CREATE INDEX uploads_by_creation ON uploads (tenant, subject, created_at, upload_id);

CREATE INDEX uploads_by_expiry ON uploads (expires_at, file_id) WHERE expires_at IS NOT NULL;

-- Files of one tenant may share their content, the blob.
CREATE TABLE files (
    id               text COLLATE "C" NOT NULL PRIMARY KEY,
    blob_id          text COLLATE "C" NOT NULL,
    tenant           text COLLATE "C" NOT NULL,
    owner            text COLLATE "C" NOT NULL,
    name             text COLLATE "C" NOT NULL,
    size             bigint           NOT NULL, -- bytes
    checksum         text COLLATE "C" NOT NULL,
    content_type     text             NOT NULL,
    metadata         jsonb,
    created_at       timestamptz      NOT NULL,
    updated_at       timestamptz      NOT NULL,
    expires_at       timestamptz, -- NULL for never
    status           text COLLATE "C" NOT NULL CHECK (status IN ('available', 'quarantined')),
    quarantine       text             NOT NULL CHECK (quarantine = '' OR status = 'quarantined'),
    verified_at      timestamptz, -- NULL for never
    damaged_at       timestamptz, -- NULL for undamaged
    damage           text             NOT NULL,
    unverified_since timestamptz      NOT NULL -- when the content was stored or last verified
);

CREATE INDEX files_by_creation ON files (tenant, status, created_at, id);

-- Creation, identifier and status let a search by prefix order its hits in the
-- index. The checksum finds the same file.
CREATE INDEX files_by_name ON files (tenant, name, checksum, created_at, id, status);

CREATE INDEX files_by_expiry ON files (expires_at, id) WHERE expires_at IS NOT NULL;

CREATE INDEX files_by_blob ON files (blob_id);

-- What may be shared.
CREATE INDEX files_by_content ON files (tenant, checksum, created_at, id)
WHERE status = 'available' AND damaged_at IS NULL;

CREATE INDEX files_by_verification ON files (unverified_since, blob_id);

-- The store whose bytes this catalog is about: one row once it is known.
CREATE TABLE store (
    one integer NOT NULL PRIMARY KEY CHECK (one = 1),
    id  text    NOT NULL
);

-- What each tenant has: the sum of its files, and of its receiving uploads. The
-- triggers below keep it, and nothing else changes it. It is spread over stripes,
-- so that sessions do not wait for each other's commits; one stripe alone may be
-- negative. Free space in its pages keeps the updates out of the index.
CREATE TABLE usage (
    tenant         text COLLATE "C" NOT NULL,
    stripe         integer          NOT NULL,
    bytes          bigint           NOT NULL,
    files          bigint           NOT NULL,
    reserved_bytes bigint           NOT NULL,
    reserved_files bigint           NOT NULL,
    PRIMARY KEY (tenant, stripe)
) WITH (fillfactor = 50);

-- What the transaction has added so far, for the check of a quota.
-- +goose StatementBegin
CREATE FUNCTION usage_added(kind text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('sluice.added_' || kind, true), '')::bigint, 0);
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION add_usage(
    of_tenant text, more_bytes bigint, more_files bigint, more_reserved_bytes bigint, more_reserved_files bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO usage AS u
    VALUES (of_tenant, pg_backend_pid() % 16, more_bytes, more_files, more_reserved_bytes, more_reserved_files)
    ON CONFLICT (tenant, stripe) DO UPDATE SET
        bytes = u.bytes + more_bytes, files = u.files + more_files,
        reserved_bytes = u.reserved_bytes + more_reserved_bytes, reserved_files = u.reserved_files + more_reserved_files;
    PERFORM set_config('sluice.added_bytes', (usage_added('bytes') + more_bytes + more_reserved_bytes)::text, true);
    PERFORM set_config('sluice.added_files', (usage_added('files') + more_files + more_reserved_files)::text, true);
END;
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION count_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM add_usage(NEW.tenant, NEW.size, 1, 0, 0);
    ELSE
        PERFORM add_usage(OLD.tenant, -OLD.size, -1, 0, 0);
    END IF;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd

CREATE TRIGGER file_counted AFTER INSERT OR DELETE ON files
FOR EACH ROW EXECUTE FUNCTION count_file();

-- +goose StatementBegin
CREATE FUNCTION count_upload() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bytes bigint := 0;
    files bigint := 0;
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.status = 'receiving' THEN
        bytes := bytes - OLD.reserved;
        files := files - 1;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.status = 'receiving' THEN
        bytes := bytes + NEW.reserved;
        files := files + 1;
    END IF;
    IF bytes <> 0 OR files <> 0 THEN
        PERFORM add_usage(coalesce(NEW.tenant, OLD.tenant), 0, 0, bytes, files);
    END IF;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd

CREATE TRIGGER upload_counted AFTER INSERT OR DELETE OR UPDATE OF reserved, status ON uploads
FOR EACH ROW EXECUTE FUNCTION count_upload();
