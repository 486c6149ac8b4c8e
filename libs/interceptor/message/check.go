package message

import "context"

// Check looks at a message that was decoded, before the handler gets it. An error
// ends the stream.
type Check func(message any) error

type checkKey struct{}

// WithCheck returns a context whose stream checks each message that the codec has
// decoded.
func WithCheck(ctx context.Context, check Check) context.Context {
	return context.WithValue(ctx, checkKey{}, check)
}

func checkOf(ctx context.Context) Check {
	check, _ := ctx.Value(checkKey{}).(Check)
	return check
}
