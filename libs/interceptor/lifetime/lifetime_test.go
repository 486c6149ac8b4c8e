package lifetime

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

func TestCredentialsEndTheirStreamsAtThatMoment(t *testing.T) {
	for name, info := range map[string]*grpc.StreamServerInfo{"client stream": clientStream, "server stream": serverStream} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				who := principal.Principal{ExpiresAt: time.Now().Add(3*time.Hour + time.Millisecond)}
				lasted, err := call(t, Config{}, who, info, &script{}, untilEnd)
				require.Equal(t, problem.TokenExpired, problem.ReasonOf(err))
				require.Equal(t, 3*time.Hour+time.Millisecond, lasted)
			})
		})
	}
}

func TestARevocationEndsTheStreamAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		revoked, revoke := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, revoke)
		lasted, err := call(t, DefaultConfig(), principal.Principal{Revoked: revoked}, clientStream, &script{}, receiveAll(0))
		require.Equal(t, problem.CredentialsRevoked, problem.ReasonOf(err))
		require.Equal(t, time.Minute, lasted)
	})
}

func TestAStreamEndsAtItsAgeOrALittleBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Config{MaxAge: 100 * time.Minute}
		busy := every(time.Second, 1, 10_000)
		lasted, err := call(t, cfg, principal.Anonymous, clientStream, &script{arrivals: busy}, receiveAll(0))
		require.Equal(t, problem.StreamTooOld, problem.ReasonOf(err))
		require.Equal(t, 95*time.Minute, lasted)
	})
}

func TestAgesAreSpread(t *testing.T) {
	l := New("test", Config{MaxAge: time.Hour}, prometheus.NewRegistry())
	seen := map[time.Duration]bool{}
	for range 100 {
		age := l.age()
		require.LessOrEqual(t, age, time.Hour)
		require.GreaterOrEqual(t, age, 54*time.Minute)
		seen[age] = true
	}
	require.Greater(t, len(seen), 50)
}

func TestTheFirstBoundCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Config{MaxAge: time.Hour, IdleTimeout: 20 * time.Minute}
		who := principal.Principal{ExpiresAt: time.Now().Add(10 * time.Minute)}
		lasted, err := call(t, cfg, who, clientStream, &script{}, receiveAll(0))
		require.Equal(t, problem.TokenExpired, problem.ReasonOf(err))
		require.Equal(t, 10*time.Minute, lasted)
	})
}

func TestWhatHasNoBoundsIsLeftAlone(t *testing.T) {
	expired := principal.Principal{ExpiresAt: time.Now().Add(-time.Hour)}
	tests := []struct {
		name string
		cfg  Config
		who  principal.Principal
		info *grpc.StreamServerInfo
	}{
		{"health", DefaultConfig(), expired, &grpc.StreamServerInfo{FullMethod: "/grpc.health.v1.Health/Watch", IsServerStream: true}},
		{"reflection", DefaultConfig(), expired, &grpc.StreamServerInfo{
			FullMethod: "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", IsClientStream: true, IsServerStream: true,
		}},
		{"server stream without bounds", Config{}, principal.Anonymous, serverStream},
		{"client stream without bounds", Config{}, principal.Anonymous, clientStream},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &script{}
			_, err := call(t, test.cfg, test.who, test.info, s, func(_ any, seen grpc.ServerStream) error {
				require.Same(t, s, seen)
				return nil
			})
			require.NoError(t, err)
		})
	}
}

func TestUnaryCallsEndWithTheirCredentials(t *testing.T) {
	for _, reason := range []problem.Reason{problem.TokenExpired, problem.CredentialsRevoked} {
		t.Run(string(reason), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				revoked, revoke := context.WithCancel(t.Context())
				who := principal.Principal{Revoked: revoked}
				if reason == problem.TokenExpired {
					who.ExpiresAt = time.Now().Add(time.Minute)
				} else {
					time.AfterFunc(time.Minute, revoke)
				}
				defer revoke()
				begun := time.Now()
				l := New("test", DefaultConfig(), prometheus.NewRegistry())
				_, err := l.Unary(principal.With(t.Context(), who), 1, &grpc.UnaryServerInfo{}, func(ctx context.Context, _ any) (any, error) {
					<-ctx.Done()
					return nil, context.Cause(ctx)
				})
				require.Equal(t, reason, problem.ReasonOf(err))
				require.Equal(t, time.Minute, time.Since(begun))
			})
		})
	}
}

func TestUnaryCallsOfAnybodyAreLeftAlone(t *testing.T) {
	l := New("test", DefaultConfig(), prometheus.NewRegistry())
	ctx := principal.With(t.Context(), principal.Anonymous)
	answer, err := l.Unary(ctx, 1, &grpc.UnaryServerInfo{}, func(got context.Context, req any) (any, error) {
		require.Equal(t, ctx, got)
		return req, got.Err()
	})
	require.NoError(t, err)
	require.Equal(t, 1, answer)
}

func TestAStreamThatEndsInTimeIsItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failed := errors.New("failed")
		who := principal.Principal{ExpiresAt: time.Now().Add(time.Hour), Revoked: t.Context()}
		seen := make(chan context.Context, 1)
		lasted, err := call(t, DefaultConfig(), who, clientStream, &script{}, func(_ any, s grpc.ServerStream) error {
			seen <- s.Context()
			time.Sleep(time.Minute)
			return failed
		})
		require.ErrorIs(t, err, failed)
		require.Equal(t, time.Minute, lasted)
		require.ErrorIs(t, (<-seen).Err(), context.Canceled)
	})
}

func TestAStreamOfAClientThatIsGoneIsNotCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone, leave := context.WithTimeout(t.Context(), time.Minute)
		defer leave()
		s := &script{ctx: principal.With(gone, principal.Principal{ExpiresAt: time.Now().Add(time.Hour)})}
		l := New("test", DefaultConfig(), prometheus.NewRegistry())
		err := l.Stream(nil, s, serverStream, func(_ any, s grpc.ServerStream) error {
			<-s.Context().Done()
			time.Sleep(time.Hour) // what it has to settle may take longer than the grace
			return s.Context().Err()
		})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		requireCounted(t, l, err)
	})
}
