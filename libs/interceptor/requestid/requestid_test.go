package requestid_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/testserver"
	"github.com/sluice-ingest/sluice/libs/interceptor/requestid"
)

func TestRequestID(t *testing.T) {
	tests := []struct {
		name string
		sent []string
		kept bool
	}{
		{"none", nil, false},
		{"sane", []string{"Req.1_2-3"}, true},
		{"longest", []string{strings.Repeat("a", 64)}, true},
		{"too long", []string{strings.Repeat("a", 65)}, false},
		{"empty", []string{""}, false},
		{"with a space", []string{"a b"}, false},
		{"that forges a log field", []string{`a","level":"x`}, false},
		{"twice", []string{"a", "b"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
				var inside string
				conn := testserver.Start(t, func(ctx context.Context, _ string) error {
					inside = requestid.From(ctx)
					return nil
				}, options()...)
				header, err := call(sending(t.Context(), test.sent), conn, "x")
				require.NoError(t, err)
				require.Equal(t, []string{inside}, header.Get(requestid.Header))
				if test.kept {
					require.Equal(t, test.sent[0], inside)
					return
				}
				require.NoError(t, uuid.Validate(inside))
			})
		})
	}
}

func TestFailedCallTellsItsRequestID(t *testing.T) {
	testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
		conn := testserver.Start(t, func(context.Context, string) error { return errors.New("failed") }, options()...)
		header, err := call(sending(t.Context(), []string{"r-1"}), conn, "x")
		require.Error(t, err)
		require.Equal(t, []string{"r-1"}, header.Get(requestid.Header))
	})
}

func TestFromOutsideACallIsEmpty(t *testing.T) {
	require.Empty(t, requestid.From(t.Context()))
}

func options() []grpc.ServerOption {
	return []grpc.ServerOption{grpc.UnaryInterceptor(requestid.Unary), grpc.StreamInterceptor(requestid.Stream)}
}

func sending(ctx context.Context, ids []string) context.Context {
	return metadata.NewOutgoingContext(ctx, metadata.MD{requestid.Header: ids})
}
