package client

import (
	"fmt"
	"time"

	"github.com/google/uuid"
)

const (
	defaultBatchSize        = 500
	defaultBatchDelay       = 100 * time.Millisecond
	defaultWindow           = 64
	defaultProgressInterval = 10 * time.Second
)

// SendOption is a setting of one [StreamingClient.SendDataPoints] or
// [StreamingClient.SendLogs]. The items below are points or entries.
type SendOption func(*sendOptions)

type sendOptions struct {
	producerID string
	epoch      int64
	batchSize  int
	batchDelay time.Duration
	window     int
	progress   func(SendProgress)
	interval   time.Duration
}

// WithProducer names the producer and its epoch. The name has 1 to 128 letters,
// digits and "_.:-"; the epoch is at least 0. The default is a random UUID and
// epoch 0.
//
// A producer that has sent before goes on behind its last frame. Of two calls
// with the same producer the later one takes over and the other ends with an
// [Error] of reason FENCED; a call with an older epoch than the newest one ends
// so at once.
func WithProducer(id string, epoch int64) SendOption {
	return func(o *sendOptions) { o.producerID, o.epoch = id, epoch }
}

// WithBatchSize sets the items of a full frame, 500 by default and at least 1.
// The largest frame that the server names in its Hello caps it, by items and
// by bytes.
func WithBatchSize(items int) SendOption {
	return func(o *sendOptions) { o.batchSize = items }
}

// WithBatchDelay sets how long a frame that is not full waits for further
// items, from its first one on: 100 ms by default, more than 0.
func WithBatchDelay(delay time.Duration) SendOption {
	return func(o *sendOptions) { o.batchDelay = delay }
}

// WithWindow bounds the frames that are not durable yet, 64 by default and at
// least 1. They are kept in memory, encoded, to be sent again after a cut, and
// have at most 8 MiB together, or one frame. While the window is full the
// channel is not read.
func WithWindow(frames int) SendOption {
	return func(o *sendOptions) { o.window = frames }
}

// WithSendProgress calls back every 10 s, or as [WithProgressInterval] says,
// and once at the end with the state [TransferDone] or [TransferFailed]. The
// calls follow each other. A call that does not return does not stop the
// sending, only its end.
func WithSendProgress(report func(SendProgress)) SendOption {
	return func(o *sendOptions) { o.progress = report }
}

// WithProgressInterval sets the time between two calls of [WithSendProgress],
// 10 s by default, more than 0.
func WithProgressInterval(interval time.Duration) SendOption {
	return func(o *sendOptions) { o.interval = interval }
}

func collectSendOptions(opts []SendOption) sendOptions {
	o := sendOptions{
		batchSize: defaultBatchSize, batchDelay: defaultBatchDelay,
		window: defaultWindow, interval: defaultProgressInterval,
	}
	for _, opt := range opts {
		opt(&o)
	}
	if o.producerID == "" {
		o.producerID = uuid.NewString()
	}
	return o
}

// validate reports the first option that can't be used.
func (o *sendOptions) validate() error {
	switch {
	case o.epoch < 0:
		return fmt.Errorf("epoch %d is negative; give 0 or more", o.epoch)
	case o.batchSize < 1:
		return fmt.Errorf("batch size %d is no number of items; give 1 or more", o.batchSize)
	case o.batchDelay <= 0:
		return fmt.Errorf("batch delay %s is no time to wait; give more than 0, or a batch size of 1", o.batchDelay)
	case o.window < 1:
		return fmt.Errorf("window of %d frames lets nothing pass; give 1 or more", o.window)
	case o.interval <= 0:
		return fmt.Errorf("progress interval %s is no time to wait; give more than 0", o.interval)
	}
	return nil
}
