package tests

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// refusal is what the status of a refused call says.
type refusal struct {
	code   codes.Code
	reason string
	domain string
	field  string
	text   string
	// cut and retryAfter are nil and 0 without a CutDetail and a RetryInfo.
	cut        *streamv1.CutDetail
	retryAfter time.Duration
}

// refusalOf reads the status of an error.
func refusalOf(err error) refusal {
	st := status.Convert(err)
	r := refusal{code: st.Code(), text: st.Message()}
	for _, detail := range st.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			r.reason, r.domain, r.field = d.GetReason(), d.GetDomain(), d.GetMetadata()["field"]
		case *errdetails.RetryInfo:
			r.retryAfter = d.GetRetryDelay().AsDuration()
		case *streamv1.CutDetail:
			r.cut = d
		}
	}
	return r
}

// requireRefused wants err to be a refusal with exactly this code and reason.
func requireRefused(t testing.TB, err error, code codes.Code, reason string) refusal {
	t.Helper()
	require.Error(t, err, "want %v %s", code, reason)
	r := refusalOf(err)
	require.Equal(t, code, r.code, "%v", err)
	require.Equal(t, reason, r.reason, "%v", err)
	require.Equal(t, "sluice", r.domain)
	require.NotEmpty(t, r.text)
	return r
}
