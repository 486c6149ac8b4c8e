package gate

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sluice-ingest/sluice/libs/problem"
)

func refusalOf(t *testing.T, err error) *problem.Error {
	t.Helper()
	refusal, ok := errors.AsType[*problem.Error](err)
	require.True(t, ok, "%v", err)
	return refusal
}

func TestRefusalTellsTheLimitAndWhenTheNextCallMayCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := NewAccount("tenant", Bounds{CallsPerSecond: 0.25, Burst: 1})
		require.NoError(t, Admit(time.Now(), false, a))
		<-time.After(time.Second)
		for range 2 { // A refusal costs nothing.
			refusal := refusalOf(t, Admit(time.Now(), false, a))
			require.Equal(t, problem.RateLimited, refusal.Reason)
			require.Equal(t, 3*time.Second, refusal.RetryAfter)
			require.Equal(t, []problem.Violation{{
				Subject: "tenant", Limit: "limits.tenant.calls_per_second", Value: 0, Description: "calls started a second of one tenant",
			}}, refusal.Violations)
		}
		<-time.After(3 * time.Second)
		require.NoError(t, Admit(time.Now(), false, a))
	})
}

func TestStreamsAreBoundedUntilTheyEnd(t *testing.T) {
	a := NewAccount("principal", Bounds{Streams: 2})
	now := time.Now()
	require.NoError(t, Admit(now, true, a))
	require.NoError(t, Admit(now, true, a))
	require.NoError(t, Admit(now, false, a), "a unary call is no stream")
	refusal := refusalOf(t, Admit(now, true, a))
	require.Equal(t, problem.TooManyStreams, refusal.Reason)
	require.Equal(t, time.Second, refusal.RetryAfter)
	require.Equal(t, "limits.principal.streams", refusal.Violations[0].Limit)
	require.Equal(t, int64(2), refusal.Violations[0].Value)
	a.Ended()
	require.NoError(t, Admit(now, true, a))
}

func TestARefusalByOneAccountCostsTheOthersNothing(t *testing.T) {
	now := time.Now()
	rich := NewAccount("principal", Bounds{CallsPerSecond: 1, Burst: 2, Streams: 2})
	poor := NewAccount("tenant", Bounds{Streams: 1})
	require.NoError(t, Admit(now, true, rich, poor))
	for range 5 {
		require.Equal(t, problem.TooManyStreams, refusalOf(t, Admit(now, true, rich, poor)).Reason)
	}
	require.Equal(t, 1, rich.streams)
	require.NoError(t, Admit(now, false, rich), "there is a call left")
	require.Error(t, Admit(now, false, rich))
}

func TestTheLongestWaitIsTold(t *testing.T) {
	now := time.Now()
	quick := NewAccount("principal", Bounds{CallsPerSecond: 10, Burst: 1})
	slow := NewAccount("tenant", Bounds{CallsPerSecond: 1, Burst: 1})
	require.NoError(t, Admit(now, false, quick, slow))
	require.Equal(t, time.Second, refusalOf(t, Admit(now, false, quick, slow)).RetryAfter)
}

func TestBurstIsTwoSecondsOfCallsByDefault(t *testing.T) {
	for perSecond, burst := range map[float64]int{5: 10, 0.1: 1, 1e300: 1<<31 - 1} {
		require.Equal(t, burst, Bounds{CallsPerSecond: perSecond}.burst())
	}
	require.Equal(t, 3, Bounds{CallsPerSecond: 5, Burst: 3}.burst())
}

// TestAWaitThatIsToldIsEnough has calls at any times: after the time that a
// refusal tells, a call is let in.
func TestAWaitThatIsToldIsEnough(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		a := NewAccount("address", Bounds{
			CallsPerSecond: rapid.Float64Range(0.01, 1e4).Draw(r, "rate"), Burst: rapid.IntRange(1, 5).Draw(r, "burst"),
		})
		now := time.Unix(1_700_000_000, 0)
		for range 50 {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(r, "pause")))
			err := Admit(now, false, a)
			if err == nil {
				continue
			}
			refusal, _ := errors.AsType[*problem.Error](err)
			// A token is a float: what was rounded may lack a few nanoseconds.
			now = now.Add(refusal.RetryAfter + 10*time.Nanosecond)
			if err := Admit(now, false, a); err != nil {
				r.Fatalf("after %s: %v", refusal.RetryAfter, err)
			}
		}
	})
}
