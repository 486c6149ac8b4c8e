package client

import (
	"sync"
	"time"
)

// sendMeter keeps the progress of one sending and reports it. Safe for
// concurrent use; the callback never runs twice at once.
type sendMeter struct {
	report   func(SendProgress)
	interval time.Duration
	started  time.Time
	stop     chan struct{}
	ended    sync.WaitGroup

	// mu guards what follows.
	mu sync.Mutex
	// now is the progress without rate and times.
	now SendProgress
}

func newSendMeter(o sendOptions) *sendMeter {
	return &sendMeter{
		report: o.progress, interval: o.interval, stop: make(chan struct{}),
		now: SendProgress{ProducerID: o.producerID, Epoch: o.epoch},
	}
}

// start begins to report. The caller calls finish.
func (m *sendMeter) start() {
	m.started = time.Now()
	if m.report != nil {
		m.ended.Go(m.run)
	}
}

func (m *sendMeter) run() {
	ticker := time.NewTicker(m.interval)
	defer ticker.Stop()
	speed := speedometer{at: m.started}
	for {
		select {
		case <-m.stop:
			return
		case <-ticker.C:
			p := m.snapshot()
			if p.State == TransferWaiting {
				speed.at, speed.moved = time.Now(), p.Durable
			} else {
				p.Rate = speed.update(p.Durable, time.Now())
			}
			m.report(p)
		}
	}
}

func (m *sendMeter) snapshot() SendProgress {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.now
	p.Elapsed = time.Since(m.started)
	return p
}

// finish stops reporting and calls back once more, with the end.
func (m *sendMeter) finish(err error) {
	close(m.stop)
	m.ended.Wait()
	if m.report == nil {
		return
	}
	p := m.snapshot()
	p.Rate = perSecond(p.Durable, p.Elapsed)
	p.State, p.Failure, p.Pause = TransferDone, nil, 0
	if err != nil {
		p.State = TransferFailed
	}
	m.report(p)
}

func (m *sendMeter) enter(state TransferState) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.State = state
}

func (m *sendMeter) attempt(number int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Attempt = number
	m.now.State = TransferConnecting
	m.now.Failure, m.now.Pause = nil, 0
}

// wait tells that the attempt failed and the next one begins after the pause.
func (m *sendMeter) wait(failure error, pause time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.State = TransferWaiting
	m.now.Failure, m.now.Pause = failure, pause
}

// sent tells that a frame went out, as the call's frame of that number.
func (m *sendMeter) sent(f *frame, number int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.State = TransferRunning
	m.now.Sent = max(m.now.Sent, f.end)
	m.now.SentFrames = max(m.now.SentFrames, number)
	m.now.Bytes += int64(f.size)
}

// durable raises the durable position.
func (m *sendMeter) durable(frames, points int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.DurableFrames = max(m.now.DurableFrames, frames)
	m.now.Durable = max(m.now.Durable, points)
}

// perSecond is the mean rate of a count over a time.
func perSecond(count int64, elapsed time.Duration) float64 {
	if elapsed <= 0 {
		return 0
	}
	return float64(count) / elapsed.Seconds()
}
