package client

import (
	"testing"
	"time"
)

func TestBackoffGrowsToItsBound(t *testing.T) {
	tests := []struct {
		name     string
		jitter   float64
		random   float64
		failures int
		want     time.Duration
	}{
		{"first", -1, 0, 1, 100 * time.Millisecond},
		{"third", -1, 0, 3, 900 * time.Millisecond},
		{"bounded", -1, 0, 9, time.Second},
		{"far beyond", -1, 0, 10_000, time.Second},
		{"full jitter, least", 1, 0, 3, 0},
		{"full jitter, half", 1, 0.5, 3, 450 * time.Millisecond},
		{"default is full jitter", 0, 0.5, 3, 450 * time.Millisecond},
		{"some jitter, least", 0.25, 0, 3, 675 * time.Millisecond},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			policy := RetryPolicy{
				InitialBackoff: 100 * time.Millisecond, MaxBackoff: time.Second, Multiplier: 3, Jitter: test.jitter,
			}.withDefaults()
			if got := policy.backoff(test.failures, test.random); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestFailuresCountFromTheLastProgress(t *testing.T) {
	var f failureCount
	for i, step := range []struct {
		position int64
		want     int
	}{{0, 1}, {0, 2}, {5, 1}, {5, 2}, {3, 3}, {6, 1}} {
		if got := f.add(step.position); got != step.want {
			t.Errorf("failure %d: count %d, want %d", i, got, step.want)
		}
	}
}
