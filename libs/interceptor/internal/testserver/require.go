package testserver

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// RequireProblem fails the test unless err, as the client got it, has this code
// and reason. It returns the status.
func RequireProblem(t *testing.T, err error, code codes.Code, reason problem.Reason) *grpcstatus.Status {
	t.Helper()
	st := grpcstatus.Convert(err)
	require.Equal(t, code, st.Code(), st.Message())
	info := Detail[*errdetails.ErrorInfo](st)
	require.NotNil(t, info, "no ErrorInfo in %v", st)
	require.Equal(t, string(reason), info.GetReason())
	return st
}

// Detail returns the status's detail of this type, or its zero value.
func Detail[T any](st *grpcstatus.Status) T {
	for _, detail := range st.Details() {
		if found, ok := detail.(T); ok {
			return found
		}
	}
	var none T
	return none
}
