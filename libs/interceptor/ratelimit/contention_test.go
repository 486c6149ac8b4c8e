package ratelimit

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// TestRefusalsTakeNothingFromCallersBeside has more callers than there are
// tokens knock all the time. Together they get every token, and none is told to
// wait for longer than the next one takes.
func TestRefusalsTakeNothingFromCallersBeside(t *testing.T) {
	const callers, perSecond, seconds = 64, 100, 5
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{CallsPerSecond: perSecond, Burst: 1})
		end := time.Now().Add(seconds * time.Second)
		var admitted, longest atomic.Int64
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				for ; time.Now().Before(end); <-time.After(time.Millisecond) {
					if wait := refusedFor(l.admit(t.Context(), "/test/Call")); wait == 0 {
						admitted.Add(1)
					} else {
						keepLargest(&longest, int64(wait))
					}
				}
			})
		}
		all.Wait()
		require.InDelta(t, perSecond*seconds, admitted.Load(), 1)
		require.Equal(t, time.Second/perSecond, time.Duration(longest.Load()))
	})
}

// refusedFor returns the time that a refusal tells, and 0 for none.
func refusedFor(err error) time.Duration {
	if refusal, ok := errors.AsType[*problem.Error](err); ok {
		return refusal.RetryAfter
	}
	return 0
}

func keepLargest(largest *atomic.Int64, n int64) {
	for known := largest.Load(); n > known && !largest.CompareAndSwap(known, n); known = largest.Load() {
	}
}

func TestWaitFor(t *testing.T) {
	tests := []struct {
		name              string
		tokens, perSecond float64
		want              time.Duration
	}{
		{"a token", 1, 100, 10 * time.Millisecond},
		{"a part is rounded up", 1, 3, 333_333_334},
		{"nothing lacks any more", -0.5, 100, 1},
		{"longer than a duration can be", 1, 1e-12, 1<<63 - 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, waitFor(test.tokens, test.perSecond))
		})
	}
}
