package ingest_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

func as(subject string) context.Context {
	return principal.With(context.Background(), principal.Principal{Tenant: "t", Subject: subject})
}

func open(t *testing.T, r *ingest.Registry, subject string) *ingest.Stream {
	t.Helper()
	s, err := r.Open(as(subject), "/m")
	require.NoError(t, err)
	return s
}

func TestClaimWaitsUntilTheHolderHasSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ingest.NewRegistry(nil)
		first, second := open(t, r, "a"), open(t, r, "a")
		require.NoError(t, first.Claim("w"))
		settled := false
		go func() {
			<-first.Context().Done()
			time.Sleep(time.Second) // its commit in flight
			settled = true
			first.Close()
		}()
		require.NoError(t, second.Claim("w"))
		require.True(t, settled, "the second stream had the work before the first had settled")
		require.Equal(t, problem.Fenced, problem.ReasonOf(context.Cause(first.Context())))
		require.NoError(t, second.Context().Err())
		second.Close()
	})
}

func TestTheLatestOfSeveralNewcomersWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ingest.NewRegistry(nil)
		holder := open(t, r, "a")
		require.NoError(t, holder.Claim("w"))
		early, late := open(t, r, "a"), open(t, r, "a")
		outcome := make(chan error, 2)
		go func() { outcome <- early.Claim("w") }()
		synctest.Wait()
		go func() { outcome <- late.Claim("w") }()
		synctest.Wait()
		holder.Close()
		require.Equal(t, problem.Fenced, problem.ReasonOf(errors2(<-outcome, <-outcome)))
		require.Equal(t, late.ID, r.Carrier(ingest.WorkKey{Tenant: "t", Subject: "a", WorkID: "w"}))
		early.Close()
		late.Close()
	})
}

// errors2 returns the one error of two outcomes.
func errors2(a, b error) error {
	if a != nil && b != nil {
		return fmt.Errorf("both failed: %w, %w", a, b)
	}
	if a != nil {
		return a
	}
	return b
}

func TestAnotherSubjectsWorkIsAnother(t *testing.T) {
	r := ingest.NewRegistry(nil)
	mine, theirs := open(t, r, "a"), open(t, r, "b")
	require.NoError(t, mine.Claim("w"))
	require.NoError(t, theirs.Claim("w"))
	require.NoError(t, mine.Context().Err())
	mine.Close()
	theirs.Close()
}

func TestAClaimEndsWithItsStream(t *testing.T) {
	r := ingest.NewRegistry(nil)
	holder, waiting := open(t, r, "a"), open(t, r, "a")
	require.NoError(t, holder.Claim("w"))
	gone := problem.New(problem.ClientGone, "gone")
	waiting.Cut(gone)
	require.ErrorIs(t, waiting.Claim("w"), gone)
	waiting.Close()
	require.Equal(t, holder.ID, r.Carrier(ingest.WorkKey{Tenant: "t", Subject: "a", WorkID: "w"}))
	holder.Close()
}

func TestHoldKeepsStreamsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ingest.NewRegistry(nil)
		key := ingest.WorkKey{Tenant: "t", Subject: "a", WorkID: "w"}
		carrier := open(t, r, "a")
		require.NoError(t, carrier.Claim("w"))
		_, ok := r.HoldIfFree(as("a"), key)
		require.False(t, ok, "a carried work is not free")
		context.AfterFunc(carrier.Context(), carrier.Close)
		aborted := problem.New(problem.WorkEnded, "aborted")
		release, err := r.Hold(as("a"), key, aborted)
		require.NoError(t, err)
		require.ErrorIs(t, context.Cause(carrier.Context()), aborted)
		require.Empty(t, r.Carrier(key), "a hold is no stream")

		next := open(t, r, "a")
		claimed := make(chan error, 1)
		go func() { claimed <- next.Claim("w") }()
		synctest.Wait()
		select {
		case <-claimed:
			t.Fatal("a stream got the work while it was held")
		default:
		}
		release()
		require.NoError(t, <-claimed)
		next.Close()
		release, ok = r.HoldIfFree(as("a"), key)
		require.True(t, ok)
		release()
	})
}

// Whatever the order in which streams come, at most one carries a work.
func TestAtMostOneCarriesAWork(t *testing.T) {
	r := ingest.NewRegistry(nil)
	var carriers, claimed atomic.Int64
	var group sync.WaitGroup
	for range 200 {
		group.Go(func() {
			s, err := r.Open(as("a"), "/m")
			if err != nil {
				return
			}
			defer s.Close()
			if s.Claim("w") != nil {
				return
			}
			claimed.Add(1)
			if carriers.Add(1) != 1 {
				t.Error("two streams carry the work")
			}
			<-time.After(100 * time.Microsecond)
			carriers.Add(-1)
		})
	}
	group.Wait()
	require.Positive(t, claimed.Load())
	require.Empty(t, r.Streams("t"))
}
