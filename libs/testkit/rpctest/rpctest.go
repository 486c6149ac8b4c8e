// Package rpctest helps to test services over gRPC: in memory, through the whole
// chain, as several callers.
package rpctest

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
)

// Serve serves until the test ends, and returns a connection.
func Serve(t testing.TB, server *grpc.Server) *grpc.ClientConn {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	go func() { _ = server.Serve(listener) }()
	connection, err := grpc.NewClient("passthrough:///bufconn", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, connection.Close())
		server.Stop()
	})
	return connection
}

// Logger writes to the test's log; a benchmark has none.
func Logger(t testing.TB) *zap.Logger {
	t.Helper()
	if _, bench := t.(*testing.B); bench {
		return zap.NewNop()
	}
	return zaptest.NewLogger(t)
}

// ByName is an auth.Authenticator that takes every call for one of the principal
// that [As] names, and of the anonymous one without.
type ByName struct{}

// Authenticate implements auth.Authenticator.
func (ByName) Authenticate(ctx context.Context) (principal.Principal, error) {
	tenant, subject := metadata.ValueFromIncomingContext(ctx, "tenant"), metadata.ValueFromIncomingContext(ctx, "subject")
	if len(tenant) == 0 || len(subject) == 0 {
		return principal.Anonymous, nil
	}
	return principal.Principal{Tenant: tenant[0], Subject: subject[0], Scopes: []principal.Scope{principal.All}}, nil
}

// As makes the calls with ctx those of another principal than the anonymous
// one.
func As(ctx context.Context, tenant, subject string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "tenant", tenant, "subject", subject)
}

// Refusal is what a failed call says.
type Refusal struct {
	Code codes.Code
	// Reason and Field are those of the ErrorInfo.
	Reason, Field string
	// Cut is nil without a CutDetail.
	Cut *streamv1.CutDetail
}

// RefusalOf reads an error of a call.
func RefusalOf(t testing.TB, err error) Refusal {
	t.Helper()
	require.Error(t, err)
	st := grpcstatus.Convert(err)
	r := Refusal{Code: st.Code()}
	for _, detail := range st.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			require.Equal(t, "sluice", detail.GetDomain())
			r.Reason, r.Field = detail.GetReason(), detail.GetMetadata()["field"]
		case *streamv1.CutDetail:
			r.Cut = detail
		}
	}
	return r
}
