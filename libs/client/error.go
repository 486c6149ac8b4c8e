package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/status"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// errorDomain is the domain of every ErrorInfo that Sluice sends.
const errorDomain = "sluice"

// Position tells how far a transfer has come: in bytes of the file for an
// upload, in frames for a producer of points or logs.
type Position struct {
	// Received by the server, in order.
	Received int64
	// Durable on the server: survives its crash. At most Received.
	Durable int64
}

func newPosition(p *streamv1.Position) Position {
	return Position{Received: p.GetReceived(), Durable: p.GetDurable()}
}

// Error is a call that ended with a gRPC status other than OK. Find it with
// errors.As. It also matches context.Canceled and context.DeadlineExceeded with
// errors.Is where the caller's context ended the call.
type Error struct {
	// Code is the gRPC code.
	Code codes.Code
	// Reason is a name of sluice.stream.v1.ErrorReason, such as
	// "OFFSET_MISMATCH". Empty when the server gave none, as when it could not
	// be reached.
	Reason string
	// Field of the request at fault. Empty when no single field is.
	Field string
	// Message is the text of the server, or of gRPC.
	Message string
	// RetryAfter is how long the server asks to wait before a retry; 0 for at
	// once or for no such demand.
	RetryAfter time.Duration
	// Position is where the upload or producer stood when the server ended the
	// stream, or the last one told when it ended without a word. Zero for other
	// calls.
	Position Position
	// UploadID names the upload to resume. Empty for calls without one.
	UploadID string
	// ProducerID and Epoch name the producer whose points or logs were sent.
	// Empty for other calls.
	ProducerID string
	Epoch      int64
	// DurablePoints is how many points of the call are durable: the first ones
	// that came out of its channel. 0 for other calls.
	DurablePoints int64
	// DurableEntries is DurablePoints for a call that sends logs.
	DurableEntries int64
	// Violations are the limits that the call has hit, if the server named any.
	Violations []Violation

	hasRetryInfo bool
	// local is set when the caller's own context or Close ended the call.
	local bool
	// answered is set when a server had answered the client before.
	answered bool

	status *status.Status
	cause  error
}

// Violation is a limit of the server that a call has hit.
type Violation struct {
	// Subject is whose limit it is: "address", "principal" or "tenant".
	Subject string
	// Limit is its key in the server's configuration.
	Limit string
	// Value of the limit; 0 when the server gave none.
	Value int64
	// Description by the server, for people.
	Description string
}

// FromStatus returns err as an [Error] with the details of its gRPC status. An
// err without a status, nil included, is returned as it is. It is meant for
// errors of the generated clients; the SDK's own calls have applied it.
func FromStatus(err error) error {
	if e := newError(err); e != nil {
		return e
	}
	return err
}

// AsError returns the [Error] in err's chain, or makes one of the gRPC status
// in it. It returns false when there is neither. What wraps it is not in its
// text.
func AsError(err error) (*Error, bool) {
	if e, ok := errors.AsType[*Error](err); ok {
		return e, true
	}
	e := newError(err)
	return e, e != nil
}

// newError returns nil when err has no gRPC status.
func newError(err error) *Error {
	// status.FromError would put the texts of what wraps a status before its own.
	carrier, ok := errors.AsType[interface {
		error
		GRPCStatus() *status.Status
	}](err)
	if !ok || carrier.GRPCStatus() == nil {
		return nil
	}
	st := carrier.GRPCStatus()
	e := &Error{Code: st.Code(), Message: st.Message(), status: st, cause: err}
	for _, detail := range st.Details() {
		e.take(detail)
	}
	return e
}

func (e *Error) take(detail any) {
	switch d := detail.(type) {
	case *errdetails.ErrorInfo:
		if d.GetDomain() == errorDomain {
			e.Reason = d.GetReason()
			e.Field = d.GetMetadata()["field"]
		}
	case *errdetails.RetryInfo:
		e.hasRetryInfo = true
		e.RetryAfter = max(d.GetRetryDelay().AsDuration(), 0)
	case *errdetails.QuotaFailure:
		for _, v := range d.GetViolations() {
			e.Violations = append(e.Violations, Violation{
				Subject: v.GetSubject(), Limit: v.GetQuotaMetric(), Value: v.GetQuotaValue(), Description: v.GetDescription(),
			})
		}
	case *streamv1.CutDetail:
		e.UploadID = d.GetWorkId()
		e.Position = newPosition(d.GetPosition())
	}
}

// Error says what went wrong and, where the SDK knows, what to do.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	if e.Message == "" {
		b.WriteString(e.Code.String())
	}
	for _, v := range e.Violations {
		fmt.Fprintf(&b, "; the limit of the %s is %s", v.Subject, v.Limit)
		if v.Value > 0 {
			fmt.Fprintf(&b, " = %d", v.Value)
		}
	}
	if advice := e.advice(); advice != "" {
		b.WriteString("; " + advice)
	}
	if e.Reason != "" {
		fmt.Fprintf(&b, " (%s)", e.Reason)
	}
	return b.String()
}

// Unwrap returns the error that gRPC gave.
func (e *Error) Unwrap() error { return e.cause }

// GRPCStatus returns the status with all its details.
func (e *Error) GRPCStatus() *status.Status { return e.status }

// Is matches the context errors that stand for the code.
func (e *Error) Is(target error) bool {
	switch target {
	case context.Canceled:
		return e.local && e.Code == codes.Canceled
	case context.DeadlineExceeded:
		// These two are of the stream, and no deadline's.
		return e.Code == codes.DeadlineExceeded && e.Reason != reasonStreamIdle && e.Reason != reasonStreamTooSlow
	default:
		return false
	}
}

// callError turns the end of a call into an [Error]. An err without a status is
// returned as it is.
func (c *StreamingClient) callError(ctx context.Context, err error) error {
	e := newError(err)
	if e == nil {
		return err
	}
	e.answered = c.answered.once.Load()
	e.local = ctx.Err() != nil || (e.Code == codes.Canceled && c.conn.GetState() == connectivity.Shutdown)
	return e
}
