// Package failure shows errors of calls to programs.
package failure

import (
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// Failure is an error as JSON.
type Failure struct {
	// Code is the gRPC code in upper case, such as INVALID_ARGUMENT. Empty when
	// the error is none of a call.
	Code string `json:"code,omitempty"`
	// Reason is a name of sluice.stream.v1.ErrorReason, such as NAME_INVALID.
	// Empty when it was no Sluice service that failed the call.
	Reason string `json:"reason,omitempty"`
	// Field of the request at fault; empty when no single field is.
	Field string `json:"field,omitempty"`
	// Message is the text for people.
	Message string `json:"message"`
}

// Of views err, which is not nil.
func Of(err error) Failure {
	e, ok := client.AsError(err)
	if !ok {
		return Failure{Message: err.Error()}
	}
	return Failure{Code: code.Code(e.Code).String(), Reason: e.Reason, Field: e.Field, Message: e.Message}
}

// Line writes the failure in one line: `reason: text`.
func (f Failure) Line() string {
	switch {
	case f.Reason != "":
		return f.Reason + ": " + human.Text(f.Message)
	case f.Code != "":
		return f.Code + ": " + human.Text(f.Message)
	}
	return human.Text(f.Message)
}

// Brief writes err, which is not nil, as [Failure.Line] does, with a few words in
// place of the long ones of the transport.
func Brief(err error) string {
	f := Of(err)
	if e, ok := client.AsError(err); ok {
		if fault := e.ConnectionFault(); fault != client.FaultNone && fault != client.FaultOther {
			f.Message = fault.String()
		}
	}
	return f.Line()
}

// Unreachable tells whether no Sluice service answered, or none that takes the
// caller's credentials.
func Unreachable(err error) bool {
	e, ok := client.AsError(err)
	return ok && (e.Code == codes.Unauthenticated || e.ConnectionFault() != client.FaultNone)
}
