package flow_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/flow"
)

// worker is a stream that always has a message, each of which takes a time that
// goes with its size.
func worker(ctx context.Context, turns *flow.Turns, tenant string, size func() int, done *int) {
	bytes := size()
	err := turns.Take(ctx, tenant, bytes)
	for err == nil {
		time.Sleep(time.Duration(bytes) * time.Microsecond)
		*done += bytes
		bytes = size()
		err = turns.Next(ctx, tenant, bytes)
	}
}

func TestATenantWithOneStreamGetsAsMuchAsOneWithAHundred(t *testing.T) {
	of := func(size int) func() int { return func() int { return size } }
	mixed := func() int { return 1 + rand.IntN(2000) }
	sizes := map[string]struct{ one, many func() int }{
		"equal messages":   {of(1000), of(1000)},
		"any messages":     {mixed, mixed},
		"larger messages":  {of(100_000), of(1000)},
		"smaller messages": {of(1000), of(100_000)},
	}
	for name, size := range sizes {
		// One stream has at most one turn, so that of two it can't take too much.
		for turns := 1; turns <= 2; turns++ {
			t.Run(fmt.Sprintf("%s in %d turns", name, turns), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { oneBesideAHundred(t, turns, size.one, size.many) })
			})
		}
	}
}

func oneBesideAHundred(t *testing.T, count int, oneSize, manySize func() int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var workers sync.WaitGroup
	turns := flow.NewTurns(count)
	many := make([]int, 100)
	one := 0
	for i := range many {
		workers.Go(func() { worker(ctx, turns, "many", manySize, &many[i]) })
	}
	workers.Go(func() { worker(ctx, turns, "one", oneSize, &one) })
	workers.Wait()
	all := one
	for _, done := range many {
		all += done
	}
	require.InDelta(t, 0.5, float64(one)/float64(all), 0.05)
	require.InDelta(t, time.Duration(count)*time.Minute/time.Microsecond, all, 1e6, "no turn is idle")
}

// The messages of one come ten at a time, with a pause in which others work.
func TestWhoIsLateCatchesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		turns := flow.NewTurns(1)
		size := func() int { return 1000 }
		var workers sync.WaitGroup
		many := make([]int, 100)
		for i := range many {
			workers.Go(func() { worker(ctx, turns, "many", size, &many[i]) })
		}
		one := 0
		for ctx.Err() == nil {
			next := turns.Take
			for range 10 {
				if next(ctx, "one", size()) != nil {
					break
				}
				time.Sleep(time.Duration(size()) * time.Microsecond)
				one += size()
				next = turns.Next
			}
			if ctx.Err() == nil {
				turns.Done("one")
			}
			time.Sleep(5 * time.Millisecond)
		}
		workers.Wait()
		require.InDelta(t, 30e6, one, 1e6)
	})
}

func TestNoMoreThanTheCreditIsCaughtUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		turns := flow.NewTurns(1)
		size := func() int { return 10_000 }
		var workers sync.WaitGroup
		steady, before, after := 0, 0, 0
		workers.Go(func() { worker(ctx, turns, "steady", size, &steady) })
		workers.Go(func() {
			first, leave := context.WithTimeout(ctx, 10*time.Second)
			defer leave()
			worker(first, turns, "back", size, &before)
			time.Sleep(20 * time.Second)
			worker(ctx, turns, "back", size, &after)
		})
		workers.Wait()
		require.InDelta(t, 5e6, before, 1e5)
		require.InDelta(t, 15e6+flow.Credit/2, after, 1e5)
	})
}

func TestTheStreamsOfATenantShareEvenly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var workers sync.WaitGroup
		turns := flow.NewTurns(2)
		done := make([]int, 10)
		for i := range done {
			workers.Go(func() { worker(ctx, turns, "a", func() int { return 1000 }, &done[i]) })
		}
		workers.Wait()
		for _, own := range done {
			require.InDelta(t, 12e6, own, 1e6)
		}
	})
}

func TestNoMoreThanTheTurnsAreTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := flow.NewTurns(2)
		require.NoError(t, turns.Take(t.Context(), "a", 1))
		require.NoError(t, turns.Take(t.Context(), "b", 1))
		third := make(chan error, 1)
		go func() { third <- turns.Take(t.Context(), "c", 1) }()
		synctest.Wait()
		require.Empty(t, third)
		turns.Done("a")
		require.NoError(t, <-third)
	})
}

func TestWhoGivesUpLeavesTheTurnToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := flow.NewTurns(1)
		require.NoError(t, turns.Take(t.Context(), "a", 1))
		cause := errors.New("cut")
		ctx, cut := context.WithCancelCause(t.Context())
		gone, next := make(chan error, 1), make(chan error, 1)
		go func() { gone <- turns.Take(ctx, "b", 1) }()
		synctest.Wait()
		go func() { next <- turns.Take(t.Context(), "c", 1) }()
		synctest.Wait()
		cut(cause)
		require.ErrorIs(t, <-gone, cause)
		turns.Done("a")
		require.NoError(t, <-next)
		turns.Done("c")
		require.NoError(t, turns.Take(t.Context(), "d", 1))
	})
}

func TestAnIdleTenantSavesNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var workers sync.WaitGroup
		turns := flow.NewTurns(1)
		early, late := 0, 0
		size := func() int { return 1000 }
		workers.Go(func() { worker(ctx, turns, "early", size, &early) })
		time.Sleep(30 * time.Second)
		workers.Go(func() { worker(ctx, turns, "late", size, &late) })
		workers.Wait()
		require.InDelta(t, 45e6, early, 1e6)
		require.InDelta(t, 15e6, late, 1e6)
	})
}

func TestTenantsThatAreGoneAreForgotten(t *testing.T) {
	turns := flow.NewTurns(2)
	require.NoError(t, turns.Take(t.Context(), "steady", 10))
	for i := range 10_000 {
		tenant := fmt.Sprint(i)
		require.NoError(t, turns.Take(t.Context(), tenant, 1<<20))
		turns.Done(tenant)
		require.NoError(t, turns.Next(t.Context(), "steady", 1<<20))
	}
	require.Less(t, turns.Lines(), 200)
	turns.Done("steady")
	require.Zero(t, turns.Lines())
}

func BenchmarkTurn(b *testing.B) {
	turns := flow.NewTurns(2)
	ctx := b.Context()
	require.NoError(b, turns.Take(ctx, "a", 1))
	b.ReportAllocs()
	for b.Loop() {
		_ = turns.Next(ctx, "a", 1000)
	}
}

func BenchmarkHold(b *testing.B) {
	budget := flow.NewBudget(1 << 30)
	account, err := budget.Admit("a", 1<<20)
	require.NoError(b, err)
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		_ = account.Hold(ctx, 1000)
		account.GiveBack(1000)
	}
}
