package audit

import (
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/audit/chain"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/status"
)

// ending is how a call ended.
type ending struct {
	outcome chain.Outcome
	reason  problem.Reason
	// cut is where the work of a stream stood, or nil.
	cut *streamv1.CutDetail
}

func endingOf(err error) ending {
	if err == nil {
		return ending{outcome: chain.OK}
	}
	st := grpcstatus.Convert(err)
	e := ending{reason: problem.Reason(code.Code(st.Code()).String())}
	for _, detail := range st.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			if detail.GetDomain() == status.Domain {
				e.reason = problem.Reason(detail.GetReason())
			}
		case *streamv1.CutDetail:
			e.cut = detail
		}
	}
	e.outcome = outcomeOf(st.Code(), e.reason)
	return e
}

// outcomeOf tells what a rule, a limit or the caller's mistake has ended from
// what could not be done.
func outcomeOf(c codes.Code, reason problem.Reason) chain.Outcome {
	switch reason {
	case problem.StreamTooOld, problem.StreamIdle, problem.StreamTooSlow, problem.StreamCancelled:
		return chain.Refused
	case problem.StorageFull:
		return chain.Failed
	default: // The code tells.
	}
	switch c {
	case codes.Internal, codes.Unknown, codes.Unavailable, codes.DataLoss, codes.Canceled, codes.DeadlineExceeded:
		return chain.Failed
	}
	return chain.Refused
}

// guarded are the reasons that are recorded of reading calls, too: the caller
// was not let in, not let through, or thrown out.
var guarded = map[problem.Reason]bool{
	problem.CredentialsMissing: true, problem.CredentialsInvalid: true, problem.CredentialsExpired: true,
	problem.CredentialsRevoked: true, problem.TokenExpired: true, problem.PermissionDenied: true,
	problem.RateLimited: true, problem.TooManyStreams: true, problem.QuotaExceeded: true,
	problem.MemoryExhausted: true, problem.StorageLow: true, problem.Fenced: true, problem.StreamCancelled: true,
	problem.StreamTooOld: true, problem.StreamIdle: true, problem.StreamTooSlow: true,
}
