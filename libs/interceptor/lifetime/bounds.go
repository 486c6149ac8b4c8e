package lifetime

import (
	"context"
	"time"
)

// bounds of one stream. A zero field bounds nothing.
type bounds struct {
	expiresAt time.Time
	revoked   context.Context
	age       time.Duration
	// idle is how long one receive may wait.
	idle time.Duration
	// bytesPerSecond are the fewest that may come while the stream waits, over a
	// rateWindow of waiting.
	bytesPerSecond int64
	rateWindow     time.Duration
}

func (b *bounds) any() bool {
	return !b.expiresAt.IsZero() || b.revoked != nil || b.age > 0 || b.idle > 0 || b.bytesPerSecond > 0
}
