package server

import (
	"context"
	"sync"

	"google.golang.org/grpc"
)

// calls counts the calls whose handlers run. A call is gone from here before
// its client has read the answer, which gRPC goes on sending.
type calls struct {
	mu sync.Mutex // guards what follows
	n  int
	// idle has a channel for each that waits for n to be 0.
	idle []chan<- struct{}
}

func (c *calls) unary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	arrived(ctx)
	c.add(1)
	defer c.add(-1)
	return handler(ctx, req)
}

func (c *calls) stream(impl any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	c.add(1)
	defer c.add(-1)
	return handler(impl, stream)
}

func (c *calls) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n += n
	c.tell()
}

// ended returns a channel that is closed as soon as no handler runs.
func (c *calls) ended() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	ended := make(chan struct{})
	c.idle = append(c.idle, ended)
	c.tell()
	return ended
}

// tell tells those that wait when no handler runs. The caller holds mu.
func (c *calls) tell() {
	if c.n > 0 {
		return
	}
	for _, ended := range c.idle {
		close(ended)
	}
	c.idle = nil
}
