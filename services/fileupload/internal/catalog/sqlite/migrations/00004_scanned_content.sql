-- +goose Up

-- Whether a scan or a release has passed the content. Of what was stored before,
-- nobody knows.
ALTER TABLE files ADD COLUMN scanned INTEGER NOT NULL DEFAULT 0 CHECK (scanned IN (0, 1));
