package client

import "time"

// SendProgress is where a [StreamingClient.SendDataPoints] stands.
type SendProgress struct {
	ProducerID string
	Epoch      int64
	// Sent is the number of points that have gone out at least once.
	Sent int64
	// Durable is the number of points that the server has told are durable,
	// accepted or rejected: the first ones that came out of the channel. It never
	// falls.
	Durable int64
	// Frames that these points are in.
	SentFrames, DurableFrames int64
	// Bytes of frames that have gone out over all attempts. What was sent twice
	// counts twice.
	Bytes int64
	// Rate is how many points become durable in a second: a moving average over
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
