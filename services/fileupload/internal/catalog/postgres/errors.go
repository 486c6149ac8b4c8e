package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// The SQLSTATEs that have a meaning.
const (
	uniqueViolation = "23505"
	diskFull        = "53100"
	// notInRepertoire is the error for a parameter that is no UTF-8 or has a zero
	// byte. No row can have it.
	notInRepertoire = "22021"
)

// explain says what was being done and wraps the error of package core that err
// stands for, if any. It returns nil for nil.
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
	if missing(err) {
		return core.ErrNotFound
	}
	switch codeOf(err) {
	case uniqueViolation:
		return core.ErrExists
	case diskFull:
		return core.ErrNoSpace
	}
	return nil
}

// missing tells whether an error says that there is no such row.
func missing(err error) bool {
	return errors.Is(err, pgx.ErrNoRows) || codeOf(err) == notInRepertoire
}

// codeOf returns the SQLSTATE of a database's error, or nothing.
func codeOf(err error) string {
	if answer, ok := errors.AsType[*pgconn.PgError](err); ok {
		return answer.Code
	}
	return ""
}
