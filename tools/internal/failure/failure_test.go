package failure_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/tools/internal/failure"
)

func TestOf(t *testing.T) {
	refused := refusal(t, codes.InvalidArgument, "sluice", "NAME_INVALID", "file_name")
	tests := map[string]struct {
		err  error
		want failure.Failure
	}{
		"a refusal of the service": {refused, failure.Failure{
			Code: "INVALID_ARGUMENT", Reason: "NAME_INVALID", Field: "file_name", Message: "not so",
		}},
		"a refusal that was wrapped keeps its own text": {fmt.Errorf("a.txt: %w", refused), failure.Failure{
			Code: "INVALID_ARGUMENT", Reason: "NAME_INVALID", Field: "file_name", Message: "not so",
		}},
		"another domain's reason is not ours": {
			refusal(t, codes.Unavailable, "proxy", "NO_BACKEND", ""),
			failure.Failure{Code: "UNAVAILABLE", Message: "not so"},
		},
		"no call at all": {errors.New("disk gone"), failure.Failure{Message: "disk gone"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, failure.Of(test.err))
		})
	}
}

func TestUnreachable(t *testing.T) {
	tests := map[string]struct {
		err  error
		want bool
	}{
		"nobody answers":       {status.Error(codes.Unavailable, "connection refused"), true},
		"no credentials":       {refusal(t, codes.Unauthenticated, "sluice", "CREDENTIALS_MISSING", ""), true},
		"the service drains":   {refusal(t, codes.Unavailable, "sluice", "DRAINING", ""), false},
		"the service refuses":  {refusal(t, codes.InvalidArgument, "sluice", "NAME_INVALID", ""), false},
		"something else fails": {errors.New("disk gone"), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, failure.Unreachable(test.err))
		})
	}
}

func TestBriefIsALineWithTheReason(t *testing.T) {
	tests := map[string]struct {
		err  error
		want string
	}{
		"a reason":      {refusal(t, codes.ResourceExhausted, "sluice", "STORAGE_FULL", ""), "STORAGE_FULL: not so"},
		"a code":        {status.Error(codes.Internal, "a\nb"), `INTERNAL: "a\nb"`},
		"no connection": {status.Error(codes.Unavailable, "dial tcp 127.0.0.1:1: connect: connection refused"), "UNAVAILABLE: connection refused"},
		"no call":       {errors.New("disk gone"), "disk gone"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, failure.Brief(test.err))
		})
	}
}

func refusal(t *testing.T, code codes.Code, domain, reason, field string) error {
	t.Helper()
	st, err := status.New(code, "not so").WithDetails(&errdetails.ErrorInfo{
		Domain: domain, Reason: reason, Metadata: map[string]string{"field": field},
	})
	require.NoError(t, err)
	return st.Err()
}
