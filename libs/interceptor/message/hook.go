package message

import (
	"context"
	"slices"
)

// Hook is what a link outside of this one wants to see of the messages that a
// stream receives. It is called by the goroutine that receives, and must not
// allocate: it is on the hot path.
type Hook interface {
	// Waiting is called before a message is waited for.
	Waiting()
	// Received is called when a message of so many bytes, after decompression, has
	// come in, before the handler gets it. It may hold the message up, until the
	// stream's context is done; an error ends the stream.
	Received(bytes int) error
}

type hooksKey struct{}

// WithHook returns a context whose stream calls a hook, after those of outer
// links.
func WithHook(ctx context.Context, hook Hook) context.Context {
	return context.WithValue(ctx, hooksKey{}, append(slices.Clip(hooksOf(ctx)), hook))
}

func hooksOf(ctx context.Context) []Hook {
	hooks, _ := ctx.Value(hooksKey{}).([]Hook)
	return hooks
}
