package lifetime

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/wrapperspb"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/interceptor/internal/testserver"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

func TestEachCutTellsTheDurablePosition(t *testing.T) {
	const minute = time.Minute
	tests := []struct {
		reason problem.Reason
		code   codes.Code
		cfg    Config
		who    func(ctx context.Context) principal.Principal
		// lasts is how long after the last message the stream ends.
		lasts time.Duration
	}{
		{problem.TokenExpired, codes.Unauthenticated, Config{}, func(context.Context) principal.Principal {
			return expiringIn(13 * time.Second)
		}, 3 * time.Second},
		{problem.CredentialsRevoked, codes.Unauthenticated, Config{}, func(ctx context.Context) principal.Principal {
			revoked, revoke := context.WithCancel(ctx)
			time.AfterFunc(12*time.Second, revoke)
			return principal.Principal{Revoked: revoked}
		}, 2 * time.Second},
		{problem.StreamTooOld, codes.Unavailable, Config{MaxAge: minute}, nil, 50 * time.Second},
		{problem.StreamIdle, codes.DeadlineExceeded, Config{IdleTimeout: minute}, nil, minute},
		{problem.StreamTooSlow, codes.DeadlineExceeded, Config{MinBytesPerSecond: 1000, MinRateWindow: 10 * time.Second}, nil, 0},
	}
	for _, test := range tests {
		t.Run(string(test.reason), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				who := principal.Anonymous
				if test.who != nil {
					who = test.who(t.Context())
				}
				conn := newService(who).serve(t, test.cfg)
				stream, err := conn.NewStream(t.Context(), &grpc.StreamDesc{ClientStreams: true}, "/test.Service/Send")
				require.NoError(t, err)
				for range 10 {
					time.Sleep(time.Second)
					require.NoError(t, stream.SendMsg(wrapperspb.Bytes(make([]byte, 100))))
				}
				last := time.Now()
				st := testserver.RequireProblem(t, stream.RecvMsg(new(wrapperspb.BytesValue)), test.code, test.reason)
				require.Equal(t, test.lasts, time.Since(last))
				cut := testserver.Detail[*streamv1.CutDetail](st)
				require.Equal(t, "work", cut.GetWorkId())
				if test.reason != problem.StreamTooSlow { // The message that ends the stream may not be taken any more.
					require.Equal(t, int64(1000), cut.GetPosition().GetDurable())
				}
				require.GreaterOrEqual(t, cut.GetPosition().GetDurable(), int64(800))
				require.Equal(t, cut.GetPosition().GetReceived(), cut.GetPosition().GetDurable())
			})
		})
	}
}

func TestASendToAClientThatDoesNotReadEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(expiringIn(time.Minute))
		conn := s.serve(t, DefaultConfig())
		begun := time.Now()
		stream, err := conn.NewStream(t.Context(), &grpc.StreamDesc{ServerStreams: true}, "/test.Service/Watch")
		require.NoError(t, err)
		require.NoError(t, stream.SendMsg(new(wrapperspb.BytesValue)))
		require.NoError(t, stream.CloseSend())

		require.Equal(t, problem.TokenExpired, problem.ReasonOf(<-s.returned))
		require.Equal(t, time.Minute+grace, time.Since(begun))
		require.Error(t, <-s.left, "the end of the call ends the send")
		require.Equal(t, time.Minute+grace, time.Since(begun))
		for err == nil {
			err = stream.RecvMsg(new(wrapperspb.BytesValue))
		}
		testserver.RequireProblem(t, err, codes.Unauthenticated, problem.TokenExpired)
	})
}

func TestASendToAClientThatReadsEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(expiringIn(time.Minute))
		conn := s.serve(t, DefaultConfig())
		begun := time.Now()
		stream, err := conn.NewStream(t.Context(), &grpc.StreamDesc{ServerStreams: true}, "/test.Service/Watch")
		require.NoError(t, err)
		require.NoError(t, stream.SendMsg(new(wrapperspb.BytesValue)))
		require.NoError(t, stream.CloseSend())
		for err == nil {
			time.Sleep(100 * time.Millisecond)
			err = stream.RecvMsg(new(wrapperspb.BytesValue))
		}
		testserver.RequireProblem(t, err, codes.Unauthenticated, problem.TokenExpired)
		require.Equal(t, problem.TokenExpired, problem.ReasonOf(<-s.left))
		require.Less(t, time.Since(begun), time.Minute+grace)
	})
}
