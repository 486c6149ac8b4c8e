package client

import (
	"math"
	"sync"
	"time"
)

const (
	reportInterval = 100 * time.Millisecond
	rateTimeScale  = 3 * time.Second
)

// meter keeps the progress of one transfer and reports it. Safe for concurrent
// use; the callback never runs twice at once.
type meter struct {
	report  func(Progress)
	started time.Time
	stop    chan struct{}
	ended   sync.WaitGroup

	// mu guards what follows.
	mu sync.Mutex
	// now is the progress without rate and times.
	now Progress
}

// startMeter begins to report to the callback, which may be nil. The caller
// calls finish.
func startMeter(report func(Progress), start Progress) *meter {
	m := &meter{report: report, started: time.Now(), stop: make(chan struct{}), now: start}
	if report != nil {
		m.ended.Go(m.run)
	}
	return m
}

// run reports changes, and the time that passes, ten times a second at most.
func (m *meter) run() {
	ticker := time.NewTicker(reportInterval)
	defer ticker.Stop()
	speed := speedometer{at: m.started}
	for {
		select {
		case <-m.stop:
			return
		case <-ticker.C:
			m.report(speed.measure(m.snapshot(), time.Now()))
		}
	}
}

func (m *meter) snapshot() Progress {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.now
	p.Elapsed = time.Since(m.started)
	return p
}

// finish stops reporting and calls back once more, with the end.
func (m *meter) finish(err error) {
	close(m.stop)
	m.ended.Wait()
	if m.report == nil {
		return
	}
	p := m.snapshot()
	p.Rate = m.mean()
	p.State, p.Failure, p.Pause = TransferDone, nil, 0
	if err != nil {
		p.State = TransferFailed
	}
	m.report(p)
}

// mean is the rate over the whole transfer in bytes per second.
func (m *meter) mean() float64 {
	p := m.snapshot()
	return perSecond(p.Transferred, p.Elapsed)
}

// transferred is the number of bytes sent in all attempts.
func (m *meter) transferred() int64 { return m.snapshot().Transferred }

func (m *meter) enter(state TransferState) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.State = state
}

func (m *meter) attempt(number int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Attempt = number
	m.now.State = TransferConnecting
	m.now.Failure, m.now.Pause = nil, 0
}

// wait tells that the attempt failed and the next one begins after the pause.
func (m *meter) wait(failure error, pause time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.State = TransferWaiting
	m.now.Failure, m.now.Pause = failure, pause
}

// jump tells that the transfer goes on from a place without moving the bytes
// before it.
func (m *meter) jump(place int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Sent = place
}

// sent tells that size bytes went out and end at place.
func (m *meter) sent(place int64, size int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Sent = place
	m.now.State = TransferRunning
	m.now.Transferred += int64(size)
}

// durable raises the durable position and returns it.
func (m *meter) durable(place int64) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Durable = max(m.now.Durable, place)
	return m.now.Durable
}

func (m *meter) total(size int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Total = size
}

// remaining is the time for the bytes left at the rate of p.
func remaining(p Progress) time.Duration {
	left := p.Total - p.Sent
	if left <= 0 || p.Rate < 1 {
		return 0
	}
	return time.Duration(min(float64(left)/p.Rate*float64(time.Second), math.MaxInt64/2))
}

// speedometer is a moving average of a rate.
type speedometer struct {
	at    time.Time
	moved int64
	rate  float64
	begun bool
}

// measure adds rate and time left to a progress. A pause between two attempts
// says nothing about the speed: the average goes on behind it.
func (s *speedometer) measure(p Progress, now time.Time) Progress {
	if p.State == TransferWaiting {
		s.at, s.moved = now, p.Transferred
		return p
	}
	p.Rate = s.update(p.Transferred, now)
	p.ETA = remaining(p)
	return p
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
