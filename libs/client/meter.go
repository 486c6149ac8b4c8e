package client

import (
	"sync"
	"time"
)

// measured is a kind of progress P that a meter keeps.
type measured[P any] interface {
	*P

	// moved is what the rate counts.
	moved() int64
	// stand takes over where the transfer stands.
	stand(at standing)
}

// standing is what the progress of every kind tells.
type standing struct {
	state   TransferState
	attempt int
	failure error
	pause   time.Duration
	elapsed time.Duration
	rate    float64
}

// meter keeps the progress of one transfer and reports it. Safe for concurrent
// use; the callback never runs twice at once.
type meter[P any, M measured[P]] struct {
	// report may be nil.
	report   func(P)
	interval time.Duration
	started  time.Time
	stop     chan struct{}
	ended    sync.WaitGroup

	// mu guards what follows.
	mu sync.Mutex
	// now is the progress without its standing.
	now P
	// at is the standing without rate and time.
	at standing
}

// start begins to report. The caller calls finish.
func (m *meter[P, M]) start() {
	m.started = time.Now()
	m.stop = make(chan struct{})
	if m.report != nil {
		m.ended.Go(m.run)
	}
}

// run reports changes, and the time that passes, once an interval.
func (m *meter[P, M]) run() {
	ticker := time.NewTicker(m.interval)
	defer ticker.Stop()
	speed := speedometer{at: m.started}
	for {
		select {
		case <-m.stop:
			return
		case <-ticker.C:
			p, at := m.snapshot()
			at.rate = speed.measure(M(&p).moved(), at.state, time.Now())
			M(&p).stand(at)
			m.report(p)
		}
	}
}

func (m *meter[P, M]) snapshot() (P, standing) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := m.at
	at.elapsed = time.Since(m.started)
	return m.now, at
}

// finish stops reporting and calls back once more, with the end.
func (m *meter[P, M]) finish(err error) {
	close(m.stop)
	m.ended.Wait()
	if m.report == nil {
		return
	}
	p, at := m.snapshot()
	at.rate = perSecond(M(&p).moved(), at.elapsed)
	at.state, at.failure, at.pause = TransferDone, nil, 0
	if err != nil {
		at.state = TransferFailed
	}
	M(&p).stand(at)
	m.report(p)
}

func (m *meter[P, M]) enter(state TransferState) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at.state = state
}

func (m *meter[P, M]) attempt(number int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = standing{attempt: number, state: TransferConnecting}
}

// rest tells that nothing is to be done between two attempts.
func (m *meter[P, M]) rest(number int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = standing{attempt: number, state: TransferRunning}
}

// wait tells that the attempt failed and the next one begins after the pause.
func (m *meter[P, M]) wait(failure error, pause time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at.state = TransferWaiting
	m.at.failure, m.at.pause = failure, pause
}
