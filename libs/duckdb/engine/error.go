package engine

import (
	"errors"
	"slices"
	"strings"

	"github.com/duckdb/duckdb-go/v2/mapping"
)

// Kind tells errors of DuckDB apart.
type Kind int

// The kinds that somebody acts upon.
const (
	// Other is any other error.
	Other Kind = iota
	// OutOfMemory says that a statement needs more than the memory limit.
	OutOfMemory
	// OutOfRange says that a result is no number.
	OutOfRange
	// Interrupted says that a statement was stopped.
	Interrupted
	// DiskFull says that a file could not grow.
	DiskFull
	// Failed says that a file could not be read or written.
	Failed
	// Invalid says that the database has to be opened anew.
	Invalid
)

// Error is an error of DuckDB.
type Error struct {
	Kind    Kind
	Message string
}

func (e *Error) Error() string { return "duckdb: " + e.Message }

// Is tells whether err is an error of DuckDB of one of the kinds.
func Is(err error, kinds ...Kind) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && slices.Contains(kinds, e.Kind)
}

func resultError(result *mapping.Result) error {
	message := mapping.ResultError(result)
	return &Error{Kind: kind(mapping.ResultErrorType(result), message), Message: message}
}

func appenderError(appender mapping.Appender) error {
	data := mapping.AppenderErrorData(appender)
	defer mapping.DestroyErrorData(&data)
	message := mapping.ErrorDataMessage(data)
	return &Error{Kind: kind(mapping.ErrorDataErrorType(data), message), Message: message}
}

// kind looks into the message first: DuckDB wraps a full disk and a commit that
// runs out of memory in errors of several types, and names the invalid database in
// some of them only.
func kind(errorType mapping.ErrorType, message string) Kind {
	if k := kindOf(message); k != Other {
		return k
	}
	switch errorType {
	case mapping.ErrorTypeOutOfMemory:
		return OutOfMemory
	case mapping.ErrorTypeOutOfRange:
		return OutOfRange
	case mapping.ErrorTypeInterrupt:
		return Interrupted
	case mapping.ErrorTypeErrorIO:
		return Failed
	case mapping.ErrorTypeFatal, mapping.ErrorTypeInternal:
		return Invalid
	default:
		return Other
	}
}

func kindOf(message string) Kind {
	switch {
	case strings.Contains(message, "No space left on device"), strings.Contains(message, "Disk quota exceeded"):
		return DiskFull
	case strings.Contains(message, "database has been invalidated"):
		return Invalid
	case strings.Contains(message, "failed to pin block of size"), strings.Contains(message, "failed to allocate data of size"):
		return OutOfMemory
	default:
		return Other
	}
}
