// Package problem is the error that a Sluice service's core speaks: a reason
// from the frozen list, the field at fault, and a text for the caller.
//
// It knows nothing of gRPC; package status turns it into a gRPC status.
package problem

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
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
	// Violations are the limits that the caller has hit, if any.
	Violations []Violation
	// Cause is what the error stems from, or nil. The caller never sees it.
	Cause error
}

// Violation is a limit that was hit.
type Violation struct {
	// Subject is whose limit it is: "address", "principal" or "tenant".
	Subject string
	// Limit is its key in the service's configuration, for example
	// "limits.tenant.streams".
	Limit string
	// Value of the limit; 0 when it has no whole number.
	Value int64
	// Description for the caller.
	Description string
}

// New returns an error with a formatted detail.
func New(reason Reason, format string, args ...any) *Error {
	return &Error{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// InField returns an error about one field of the request.
func InField(reason Reason, field, format string, args ...any) *Error {
	return &Error{Reason: reason, Field: field, Detail: fmt.Sprintf(format, args...)}
}

// maxEcho bounds what of a caller's text an error repeats, in characters.
const maxEcho = 64

// Echo quotes a caller's text for a detail, cut to 64 characters.
func Echo(text string) string {
	short := fmt.Sprintf("%.*q", maxEcho, text)
	if utf8.RuneCountInString(text) > maxEcho {
		return short + "…"
	}
	return short
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

// Of returns the outermost [Error] in err's chain, or the one that explains err:
// a context that ended is [ClientGone] or [DeadlineExceeded], anything else is
// [Internal] with err as its cause.
func Of(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	switch {
	case errors.Is(err, context.Canceled):
		return New(ClientGone, "the client cancelled the call or vanished")
	case errors.Is(err, context.DeadlineExceeded):
		return New(DeadlineExceeded, "the call's deadline passed")
	default:
		return Because(Internal, err, internalText)
	}
}

// internalText is all that a caller learns of an error that no reason
// explains. The log has the error under the call's request id.
const internalText = "internal error; the server's log has it under this call's x-request-id"

// ReasonOf returns the reason of [Of], and "" for nil.
func ReasonOf(err error) Reason {
	if err == nil {
		return ""
	}
	return Of(err).Reason
}
