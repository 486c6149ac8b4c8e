// Package status turns the errors of a service's core into gRPC statuses. It
// is the only place that does.
package status

import (
	"cmp"
	"context"
	"errors"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// Domain is the domain of every ErrorInfo that Sluice sends.
const Domain = "sluice"

// internalText is all that a caller learns of an error that no reason
// explains. The log has the error under the call's request id.
const internalText = "internal error; the server's log has it under this call's x-request-id"

// WithCut wraps err so that its status carries a CutDetail: where the work of
// the stream stood when it ended.
func WithCut(err error, detail *streamv1.CutDetail) error {
	if err == nil {
		return nil
	}
	return &cutError{error: err, detail: detail}
}

type cutError struct {
	error
	detail *streamv1.CutDetail
}

func (e *cutError) Unwrap() error { return e.error }

// From returns the gRPC status error for err, and nil for nil.
//
// A [problem.Error] becomes its reason's code with its public text, an
// ErrorInfo, and a RetryInfo where a retry helps. A context's end becomes
// CLIENT_GONE or DEADLINE_EXCEEDED. What is a gRPC status already stays as it
// is. Anything else becomes INTERNAL with a fixed text.
func From(err error) error {
	if err == nil {
		return nil
	}
	e := explain(err)
	if e == nil {
		return err
	}
	a := answers[e.Reason]
	details := []protoadapt.MessageV1{info(e)}
	if retry := cmp.Or(e.RetryAfter, a.retryAfter); retry > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(retry)})
	}
	if cut, ok := errors.AsType[*cutError](err); ok {
		details = append(details, protoadapt.MessageV1Of(cut.detail))
	}
	st, detailErr := status.New(a.code, e.Public()).WithDetails(details...)
	if detailErr != nil {
		return status.Error(a.code, e.Public())
	}
	return st.Err()
}

// explain finds the problem in err's chain, or makes one. It returns nil for
// an error that is a gRPC status already.
func explain(err error) *problem.Error {
	if e, ok := errors.AsType[*problem.Error](err); ok {
		return e
	}
	switch {
	case errors.Is(err, context.Canceled):
		return problem.New(problem.ClientGone, "the client cancelled the call or vanished")
	case errors.Is(err, context.DeadlineExceeded):
		return problem.New(problem.DeadlineExceeded, "the call's deadline passed")
	}
	if _, ok := status.FromError(err); ok {
		return nil
	}
	return problem.Because(problem.Internal, err, internalText)
}

func info(e *problem.Error) *errdetails.ErrorInfo {
	info := &errdetails.ErrorInfo{Reason: string(e.Reason), Domain: Domain}
	if e.Field != "" {
		info.Metadata = map[string]string{"field": e.Field}
	}
	return info
}
