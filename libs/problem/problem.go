// Package problem is the error that a Sluice service's core speaks: a reason
// from the frozen list, the field at fault, and a text for the caller.
//
// It knows nothing of gRPC; package status turns it into a gRPC status.
package problem

import (
	"errors"
	"fmt"
	"time"
)

// Error is a refusal or a failure that the caller is told about.
//
// Detail is meant for the caller: it says what was wrong and what would be
// right, and holds no content and no secret. Cause is for the log alone.
type Error struct {
	Reason Reason
	// Field of the request at fault; empty when no single field is.
	Field string
	// Detail for the caller.
	Detail string
	// RetryAfter is how long the caller should wait before it tries again.
	// 0 means that the reason decides.
	RetryAfter time.Duration
	// Cause is what the error stems from, or nil. The caller never sees it.
	Cause error
}

// New returns an error with a formatted detail.
func New(reason Reason, format string, args ...any) *Error {
	return &Error{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// InField returns an error about one field of the request.
func InField(reason Reason, field, format string, args ...any) *Error {
	return &Error{Reason: reason, Field: field, Detail: fmt.Sprintf(format, args...)}
}

// Because returns an error with a fixed detail for the caller and a cause for
// the log.
func Because(reason Reason, cause error, detail string) *Error {
	return &Error{Reason: reason, Detail: detail, Cause: cause}
}

// Error has the field, the detail and the cause. It is for logs: the caller
// gets [Error.Public].
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Public()
	}
	return e.Public() + ": " + e.Cause.Error()
}

// Public is the text for the caller.
func (e *Error) Public() string {
	if e.Field == "" {
		return e.Detail
	}
	return e.Field + ": " + e.Detail
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// ReasonOf returns the reason of the outermost [Error] in err's chain, and
// [Internal] when there is none. It returns "" for nil.
func ReasonOf(err error) Reason {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Reason
	}
	return Internal
}
