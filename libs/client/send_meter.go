package client

// sendMeter is the meter of a sending.
type sendMeter struct {
	meter[SendProgress, *SendProgress]
}

func newSendMeter(o *sendOptions) *sendMeter {
	return &sendMeter{meter[SendProgress, *SendProgress]{
		report: o.progress, interval: o.interval,
		now: SendProgress{ProducerID: o.producerID, Epoch: o.epoch},
	}}
}

// sent tells that a frame went out, as the call's frame of that number.
func (m *sendMeter) sent(f *frame, number int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at.state = TransferRunning
	m.now.Sent = max(m.now.Sent, f.end)
	m.now.SentFrames = max(m.now.SentFrames, number)
	m.now.Bytes += int64(f.size)
}

// durable raises the durable position.
func (m *sendMeter) durable(frames, items int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.DurableFrames = max(m.now.DurableFrames, frames)
	m.now.Durable = max(m.now.Durable, items)
}
