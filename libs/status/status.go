// Package status turns the errors of a service's core into gRPC statuses. It
// is the only place that does.
package status

import (
	"cmp"
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
// ErrorInfo, a RetryInfo where a retry helps, and a QuotaFailure where limits
// are named. A context's end becomes
// CLIENT_GONE or DEADLINE_EXCEEDED. What is a gRPC status already stays as it
// is. Anything else becomes INTERNAL with a fixed text.
func From(err error) error {
	if err == nil {
		return nil
	}
	e := problem.Of(err)
	if _, isStatus := status.FromError(err); isStatus && e.Reason == problem.Internal {
		return err
	}
	a := answers[e.Reason]
	details := []protoadapt.MessageV1{info(e)}
	if retry := cmp.Or(e.RetryAfter, a.retryAfter); retry > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(retry)})
	}
	if len(e.Violations) > 0 {
		details = append(details, quotaFailure(e.Violations))
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

func info(e *problem.Error) *errdetails.ErrorInfo {
	info := &errdetails.ErrorInfo{Reason: string(e.Reason), Domain: Domain}
	if e.Field != "" {
		info.Metadata = map[string]string{"field": e.Field}
	}
	return info
}

func quotaFailure(violations []problem.Violation) *errdetails.QuotaFailure {
	failure := &errdetails.QuotaFailure{}
	for _, v := range violations {
		failure.Violations = append(failure.Violations, &errdetails.QuotaFailure_Violation{
			Subject: v.Subject, Description: v.Description, QuotaMetric: v.Limit, QuotaValue: v.Value,
		})
	}
	return failure
}
