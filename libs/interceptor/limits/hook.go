package limits

import (
	"context"
	"time"

	"github.com/sluice-ingest/sluice/libs/interceptor/message"
)

// hook holds up the messages of one stream that exceed a rate. It is a
// [message.Hook].
type hook struct {
	ctx   context.Context
	clock clock
	lanes []lane
}

// lane is a stream's place in one pacer.
type lane struct {
	pacer *pacer
	// bytes tells that the pacer counts bytes and not messages.
	bytes bool
	flow  flow
}

// withHook returns a context whose stream is paced, or ctx itself when there is
// nothing to pace by.
func withHook(ctx context.Context, clock clock, members ...*member) context.Context {
	var lanes []lane
	for _, m := range members {
		if m.messages != nil {
			lanes = append(lanes, lane{pacer: m.messages})
		}
		if m.bytes != nil {
			lanes = append(lanes, lane{pacer: m.bytes, bytes: true})
		}
	}
	if lanes == nil {
		return ctx
	}
	return message.WithHook(ctx, &hook{ctx: ctx, clock: clock, lanes: lanes})
}

// Waiting does nothing.
func (h *hook) Waiting() {}

// Received waits until all rates allow the message, or returns why the stream
// ended meanwhile.
func (h *hook) Received(bytes int) (err error) {
	now := h.clock.now()
	for i := range h.lanes {
		if now, err = h.lanes[i].take(h.ctx, now, bytes); err != nil {
			return err
		}
	}
	return nil
}

func (l *lane) take(ctx context.Context, now time.Duration, bytes int) (time.Duration, error) {
	units := 1.0
	if l.bytes {
		units = float64(bytes)
	}
	return l.pacer.take(ctx, &l.flow, now, units)
}
