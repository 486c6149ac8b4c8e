package core

import (
	"sync"
	"time"
)

// A rate is measured over the last rateSlots slots of time.
const (
	rateSlot  = 500 * time.Millisecond
	rateSlots = 10
)

// throughput is how fast bytes come in. The zero value begins with its first bytes.
// Safe for concurrent use. Its times may be of any one clock.
type throughput struct {
	mu sync.Mutex
	// begun is when the first bytes came; all fields are guarded by mu.
	begun time.Time
	// slots are the bytes of the last ones, in a ring, and newest is the number of
	// the last that has any, counted from begun.
	slots  [rateSlots]int64
	newest int64
}

// add notes bytes that came now.
func (t *throughput) add(now time.Time, bytes int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.begun.IsZero() {
		t.begun = now
	}
	t.turn(now)
	t.slots[t.newest%rateSlots] += bytes
}

// perSecond returns how many bytes a second came in up to now.
func (t *throughput) perSecond(now time.Time) float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.begun.IsZero() {
		return 0
	}
	t.turn(now)
	var sum int64
	for _, bytes := range t.slots {
		sum += bytes
	}
	since := now.Sub(t.begun)
	if whole := time.Duration(t.newest-rateSlots+1) * rateSlot; whole > 0 {
		since -= whole
	}
	return float64(sum) / max(since, rateSlot).Seconds()
}

// turn empties the slots that have passed. mu is held.
func (t *throughput) turn(now time.Time) {
	current := max(int64(now.Sub(t.begun)/rateSlot), t.newest)
	if current-t.newest >= rateSlots {
		t.slots = [rateSlots]int64{}
		t.newest = current
	}
	for t.newest < current {
		t.newest++
		t.slots[t.newest%rateSlots] = 0
	}
}
