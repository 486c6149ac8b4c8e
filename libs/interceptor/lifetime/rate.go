package lifetime

import "time"

// rate sees that a stream brings enough while it is waited for. It judges when a
// message has come: how much of the next one is there nobody knows, and a large
// message may take longer than the window at a good rate. What never becomes a
// whole message is idle. It belongs to the goroutine that receives.
type rate struct {
	life *life
	// waited and bytes are of the present window.
	waited time.Duration
	bytes  int64
}

// Waiting does nothing: the stream times its waits.
func (*rate) Waiting() {}

// Received counts the message, and cuts the stream when that makes a window full
// that brought too little.
func (r *rate) Received(bytes int) error {
	r.bytes += int64(bytes)
	bounds := &r.life.bounds
	if r.waited < bounds.rateWindow {
		return nil
	}
	slow := float64(r.bytes) < float64(bounds.bytesPerSecond)*r.waited.Seconds()
	r.waited, r.bytes = 0, 0
	if slow {
		r.life.cut(r.life.causes.tooSlow)
	}
	return nil
}
