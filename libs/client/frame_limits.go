package client

import (
	"math"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// defaultFrameBytes bounds a frame where the server names no bound.
const defaultFrameBytes = 1 << 20

// frameLimits are what a server takes in one frame.
type frameLimits struct {
	bytes, items int
}

func newFrameLimits(hello *streamv1.Hello) frameLimits {
	limits := frameLimits{bytes: defaultFrameBytes, items: math.MaxInt}
	if bytes := hello.GetMaxMessageBytes(); bytes > 0 {
		limits.bytes = int(min(bytes, math.MaxInt32))
	}
	if items := hello.GetMaxFrameItems(); items > 0 {
		limits.items = int(items)
	}
	return limits
}
