package client

import (
	"math"
	"time"
)

// rateTimeScale is the time over which a rate is averaged.
const rateTimeScale = 3 * time.Second

// speedometer is a moving average of a rate.
type speedometer struct {
	at    time.Time
	moved int64
	rate  float64
	begun bool
}

// measure returns the rate of a transfer in a state, 0 while it waits. A pause
// between two attempts says nothing about the speed: the average goes on behind
// it.
func (s *speedometer) measure(moved int64, state TransferState, now time.Time) float64 {
	if state == TransferWaiting {
		s.at, s.moved = now, moved
		return 0
	}
	return s.update(moved, now)
}

// update takes in how much has moved by now and returns the rate.
func (s *speedometer) update(moved int64, now time.Time) float64 {
	elapsed := now.Sub(s.at)
	if elapsed <= 0 {
		return s.rate
	}
	latest := float64(moved-s.moved) / elapsed.Seconds()
	weight := 1 - math.Exp(-float64(elapsed)/float64(rateTimeScale))
	if !s.begun {
		weight = 1
	}
	s.rate += weight * (latest - s.rate)
	s.at, s.moved, s.begun = now, moved, s.begun || moved > 0
	return s.rate
}

// perSecond is the mean rate of a count over a time.
func perSecond(count int64, elapsed time.Duration) float64 {
	if elapsed <= 0 {
		return 0
	}
	return float64(count) / elapsed.Seconds()
}
