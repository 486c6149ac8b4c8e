package lifetime

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

func expiringIn(d time.Duration) principal.Principal {
	return principal.Principal{ExpiresAt: time.Now().Add(d)}
}

func TestAHandlerHasTimeToSettle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lasted, err := call(t, Config{}, expiringIn(time.Minute), clientStream, &script{}, func(_ any, s grpc.ServerStream) error {
			<-s.Context().Done()
			time.Sleep(9 * time.Second)
			return problem.New(problem.Fenced, "another came")
		})
		require.Equal(t, problem.Fenced, problem.ReasonOf(err), "what is no consequence of the cut stays")
		require.Equal(t, 69*time.Second, lasted)
	})
}

func TestAnAnswerThatIsReadyStillGoesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		_, err := call(t, Config{}, expiringIn(time.Minute), clientStream, s, func(_ any, s grpc.ServerStream) error {
			<-s.Context().Done()
			return s.SendMsg("receipt")
		})
		require.NoError(t, err)
		require.Equal(t, 1, s.sent)
	})
}

func TestAHandlerThatIsStuckIsLeftAfterTheGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangUp := make(chan struct{})
		lasted, err := call(t, Config{}, expiringIn(time.Minute), serverStream, &script{}, func(any, grpc.ServerStream) error {
			<-hangUp
			return nil
		})
		require.Equal(t, problem.TokenExpired, problem.ReasonOf(err))
		require.Equal(t, time.Minute+grace, lasted)
		close(hangUp)
	})
}

func TestAServerStreamSendsNothingAfterItsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		_, err := call(t, Config{}, expiringIn(time.Minute), serverStream, s, func(_ any, s grpc.ServerStream) error {
			for {
				if err := s.SendMsg("part"); err != nil {
					return err
				}
				time.Sleep(time.Second)
			}
		})
		require.Equal(t, problem.TokenExpired, problem.ReasonOf(err))
		require.InDelta(t, 60, s.sent, 1)
	})
}

func TestAHandlerThatOnlyReceivesEndsWithItsNextMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{arrivals: every(time.Second, 1, 1000)}
		lasted, err := call(t, Config{}, expiringIn(time.Minute+time.Millisecond), clientStream, s, func(_ any, s grpc.ServerStream) error {
			return receive(s, 0)
		})
		require.Equal(t, problem.TokenExpired, problem.ReasonOf(err))
		require.Equal(t, 61*time.Second, lasted)
	})
}

func TestAnErrorOfTheCutHasItsCause(t *testing.T) {
	for name, failure := range map[string]error{
		"context":   context.Canceled,
		"storage":   problem.Because(problem.StorageFailed, context.Canceled, "the storage failed"),
		"transport": grpcstatus.Error(codes.Canceled, "context canceled"),
		"unknown":   errors.New("interrupted"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := call(t, Config{}, expiringIn(time.Minute), serverStream, &script{}, func(_ any, s grpc.ServerStream) error {
					<-s.Context().Done()
					return failure
				})
				require.Equal(t, problem.TokenExpired, problem.ReasonOf(err))
			})
		})
	}
}

func TestAPanicIsTheCallersOwn(t *testing.T) {
	require.PanicsWithValue(t, "broken", func() {
		_, _ = call(t, DefaultConfig(), principal.Anonymous, clientStream, &script{}, func(any, grpc.ServerStream) error {
			panic("broken")
		})
	})
}

func TestAHandlerThatEndsItsGoroutineDoesNotHang(t *testing.T) {
	_, err := call(t, DefaultConfig(), principal.Anonymous, clientStream, &script{}, func(any, grpc.ServerStream) error {
		runtime.Goexit()
		return nil
	})
	require.ErrorIs(t, err, errNoReturn)
}
