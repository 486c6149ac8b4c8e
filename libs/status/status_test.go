package status_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/status"
)

// Every published reason has a code here, and the code is the one that the
// schema's comment promises.
func TestEveryPublishedReasonHasACode(t *testing.T) {
	for number, name := range streamv1.ErrorReason_name {
		if number == 0 {
			continue
		}
		reason := problem.Reason(strings.TrimPrefix(name, "ERROR_REASON_"))
		st := grpcstatus.Convert(status.From(problem.New(reason, "x")))
		require.NotEqual(t, codes.OK, st.Code(), "%s is published and has no code", reason)
		require.Equal(t, string(reason), detail[*errdetails.ErrorInfo](t, st).GetReason())
	}
}

func TestFrom(t *testing.T) {
	tests := []struct {
		name string
		err  error
		code codes.Code
		text string
	}{
		{"problem", problem.InField(problem.NameInvalid, "file_name", "is empty"), codes.InvalidArgument, "file_name: is empty"},
		{"wrapped problem", fmt.Errorf("core: %w", problem.New(problem.Fenced, "taken over")), codes.Aborted, "taken over"},
		{"cancelled", fmt.Errorf("read: %w", context.Canceled), codes.Canceled, "the client cancelled the call or vanished"},
		{"deadline", context.DeadlineExceeded, codes.DeadlineExceeded, "the call's deadline passed"},
		{"status stays", grpcstatus.Error(codes.Unimplemented, "no such method"), codes.Unimplemented, "no such method"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			st := grpcstatus.Convert(status.From(test.err))
			require.Equal(t, test.code, st.Code())
			require.Equal(t, test.text, st.Message())
		})
	}
	require.NoError(t, status.From(nil))
}

func TestUnknownErrorsDoNotLeak(t *testing.T) {
	st := grpcstatus.Convert(status.From(errors.New("open /secret/path: permission denied")))
	require.Equal(t, codes.Internal, st.Code())
	require.NotContains(t, st.Message(), "secret")
}

func TestDetails(t *testing.T) {
	err := status.WithCut(
		&problem.Error{Reason: problem.StorageFull, RetryAfter: time.Minute},
		&streamv1.CutDetail{WorkId: "u1", Position: &streamv1.Position{Received: 8, Durable: 8}})
	st := grpcstatus.Convert(status.From(err))
	require.Equal(t, time.Minute, detail[*errdetails.RetryInfo](t, st).GetRetryDelay().AsDuration())
	require.Equal(t, int64(8), detail[*streamv1.CutDetail](t, st).GetPosition().GetDurable())
}

func detail[T any](t *testing.T, st *grpcstatus.Status) T {
	t.Helper()
	for _, d := range st.Details() {
		if found, ok := d.(T); ok {
			return found
		}
	}
	var none T
	require.Failf(t, "no such detail", "%T in %v", none, st.Details())
	return none
}
