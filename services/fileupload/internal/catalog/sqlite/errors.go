package sqlite

import (
	"database/sql"
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// explain says what was being done and wraps the error of package core that
// err stands for, if any. It returns nil for nil.
func explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	if meaning := meaningOf(err); meaning != nil {
		return fmt.Errorf("catalog: %s: %w: %w", doing, meaning, err)
	}
	return fmt.Errorf("catalog: %s: %w", doing, err)
}

// meaningOf returns the error of package core that a database's error stands
// for, or nil.
func meaningOf(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return core.ErrNotFound
	}
	e, ok := errors.AsType[*driver.Error](err)
	if !ok {
		return nil
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE:
		return core.ErrExists
	case sqlite3.SQLITE_FULL:
		return core.ErrNoSpace
	}
	return nil
}
