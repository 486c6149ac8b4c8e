-- +goose Up

-- What is set aside for an upload that is receiving.
ALTER TABLE uploads ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0; -- bytes

UPDATE uploads SET reserved = max(total_size, checkpoint_offset) WHERE status = 'receiving';

-- What each tenant has: the sum of its files, and of its receiving uploads. The
-- triggers below keep it, and nothing else changes it.
CREATE TABLE usage (
    tenant         TEXT    NOT NULL PRIMARY KEY,
    bytes          INTEGER NOT NULL,
    files          INTEGER NOT NULL,
    reserved_bytes INTEGER NOT NULL,
    reserved_files INTEGER NOT NULL
) STRICT;

INSERT INTO usage
SELECT tenant, sum(bytes), sum(files), sum(reserved_bytes), sum(reserved_files) FROM (
    SELECT tenant, size AS bytes, 1 AS files, 0 AS reserved_bytes, 0 AS reserved_files FROM files
    UNION ALL
    SELECT tenant, 0, 0, reserved, 1 FROM uploads WHERE status = 'receiving'
) GROUP BY tenant;

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

-- +goose StatementBegin
CREATE TRIGGER upload_grown AFTER UPDATE OF reserved, status ON uploads
WHEN OLD.status = 'receiving' OR NEW.status = 'receiving' BEGIN
    UPDATE usage SET
        reserved_bytes = reserved_bytes
            + iif(NEW.status = 'receiving', NEW.reserved, 0) - iif(OLD.status = 'receiving', OLD.reserved, 0),
        reserved_files = reserved_files + (NEW.status = 'receiving') - (OLD.status = 'receiving')
    WHERE tenant = NEW.tenant;
END;
-- +goose StatementEnd
