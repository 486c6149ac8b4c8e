package core

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func at(milliseconds int) time.Time {
	return time.Unix(1_000_000, 0).Add(time.Duration(milliseconds) * time.Millisecond)
}

func TestASteadyStreamHasItsRate(t *testing.T) {
	var r throughput
	require.Zero(t, r.perSecond(at(0)))
	for now := 0; now < 20_000; now += 100 {
		r.add(at(now), 1000)
		if now >= 1000 {
			require.InEpsilon(t, 10_000, r.perSecond(at(now+99)), 0.1, "after %d ms", now)
		}
	}
}

func TestTheFirstBytesDoNotCountAsAFlood(t *testing.T) {
	var r throughput
	r.add(at(0), 1000)
	require.InEpsilon(t, 2000, r.perSecond(at(1)), 0.01)
}

func TestARateFallsToNothingWhenNothingComes(t *testing.T) {
	var r throughput
	r.add(at(0), 10_000)
	last := r.perSecond(at(500))
	for now := 1000; now < 5000; now += 500 {
		rate := r.perSecond(at(now))
		require.Less(t, rate, last)
		require.Positive(t, rate)
		last = rate
	}
	require.Zero(t, r.perSecond(at(5000)))
	require.Zero(t, r.perSecond(at(5_000_000)))
	r.add(at(5_000_000), 1000)
	require.Positive(t, r.perSecond(at(5_000_001)), "it begins again")
}

func TestAClockThatGoesBackBreaksNothing(t *testing.T) {
	var r throughput
	r.add(at(3000), 1000)
	r.add(at(0), 1000)
	require.InEpsilon(t, 4000, r.perSecond(at(100)), 0.01)
}

// Whatever comes when, the rate is that of the bytes of the last seconds.
func TestARateIsWhatAReferenceCounts(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var measured throughput
		bytesOf := map[int]int{} // by slot, the first of which begins at 0
		now := 0
		for i := range rapid.IntRange(1, 50).Draw(r, "arrivals") {
			if i > 0 {
				now += rapid.IntRange(0, 2000).Draw(r, "later")
			}
			bytes := rapid.IntRange(1, 1<<20).Draw(r, "bytes")
			bytesOf[now/500] += bytes
			measured.add(at(now), int64(bytes))
		}
		first, sum := max(now/500-rateSlots+1, 0), 0
		for slot := first; slot <= now/500; slot++ {
			sum += bytesOf[slot]
		}
		since := max(now-first*500, 500)
		require.InDelta(r, float64(sum)*1000/float64(since), measured.perSecond(at(now)), 1)
	})
}
