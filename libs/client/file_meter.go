package client

import "time"

// reportInterval is the time between two reports of a file's progress.
const reportInterval = 100 * time.Millisecond

// fileMeter is the meter of an upload or a download.
type fileMeter struct {
	meter[Progress, *Progress]
}

// startFileMeter begins to report to the callback, which may be nil. The caller
// calls finish.
func startFileMeter(report func(Progress), start Progress) *fileMeter {
	m := &fileMeter{meter[Progress, *Progress]{report: report, interval: reportInterval, now: start}}
	m.start()
	return m
}

// mean is the rate over the whole transfer in bytes per second.
func (m *fileMeter) mean() float64 {
	p, at := m.snapshot()
	return perSecond(p.Transferred, at.elapsed)
}

// transferred is the number of bytes sent in all attempts.
func (m *fileMeter) transferred() int64 {
	p, _ := m.snapshot()
	return p.Transferred
}

// jump tells that the transfer goes on from a place without moving the bytes
// before it.
func (m *fileMeter) jump(place int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Sent = place
}

// sent tells that size bytes went out and end at place.
func (m *fileMeter) sent(place int64, size int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at.state = TransferRunning
	m.now.Sent = place
	m.now.Transferred += int64(size)
}

// scanning tells that the server's scanner reads what was sent.
func (m *fileMeter) scanning() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at.state == TransferFinishing {
		m.at.state = TransferScanning
	}
}

// durable raises the durable position and returns it.
func (m *fileMeter) durable(place int64) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Durable = max(m.now.Durable, place)
	return m.now.Durable
}

func (m *fileMeter) total(size int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Total = size
}
