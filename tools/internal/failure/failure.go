// Package failure reads what a Sluice service says of an error.
package failure

import (
	"errors"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// domain is the domain of every ErrorInfo that Sluice sends.
const domain = "sluice"

// Failure is an error for people and for programs.
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

// Of reads err, which is not nil.
func Of(err error) Failure {
	st, ok := statusOf(err)
	if !ok {
		return Failure{Message: err.Error()}
	}
	f := Failure{Code: code.Code(st.Code()).String(), Message: st.Message()}
	for _, detail := range st.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetDomain() == domain {
			f.Reason, f.Field = info.GetReason(), info.GetMetadata()["field"]
		}
	}
	return f
}

// CodeOf returns the gRPC code of err, and Unknown when it has none.
func CodeOf(err error) codes.Code {
	if st, ok := statusOf(err); ok {
		return st.Code()
	}
	return codes.Unknown
}

// Unreachable tells whether no Sluice service answered, or none that takes the
// caller's credentials.
func Unreachable(err error) bool {
	switch CodeOf(err) {
	case codes.Unavailable:
		return Of(err).Reason == ""
	case codes.Unauthenticated:
		return true
	}
	return false
}

// statusOf finds the status in err's chain as the server sent it.
// [status.FromError] would put the texts of what wraps it before its own.
func statusOf(err error) (*status.Status, bool) {
	var carrier interface{ GRPCStatus() *status.Status }
	if !errors.As(err, &carrier) || carrier.GRPCStatus() == nil {
		return nil, false
	}
	return carrier.GRPCStatus(), true
}
