package client

import "time"

// SendProgress is where a [StreamingClient.SendDataPoints] or
// [StreamingClient.SendLogs] stands. Its items are points or entries.
type SendProgress struct {
	ProducerID string
	Epoch      int64
	// Sent is the number of items that have gone out at least once.
	Sent int64
	// Durable is the number of items that the server has told are durable,
	// whatever became of them: the first ones that came out of the channel. It
	// never falls.
	Durable int64
	// Frames that these items are in.
	SentFrames, DurableFrames int64
	// Bytes of frames that have gone out over all attempts. What was sent twice
	// counts twice.
	Bytes int64
	// Rate is how many items become durable in a second: a moving average over
	// about 3 s in which the call did not wait, 0 while it waits, and the mean of
	// the whole call at its end.
	Rate float64
	// Elapsed since the call began.
	Elapsed time.Duration
	// Attempt counts from 1.
	Attempt int
	State   TransferState
	// Failure is why the attempt failed and Pause how long the call waits in all
	// before the next one. Both are set in the state TransferWaiting only.
	Failure error
	Pause   time.Duration
}

func (p *SendProgress) moved() int64 { return p.Durable }

func (p *SendProgress) stand(at standing) {
	p.State, p.Attempt, p.Failure, p.Pause = at.state, at.attempt, at.failure, at.pause
	p.Elapsed, p.Rate = at.elapsed, at.rate
}
