package ingest

import (
	"context"
)

// UntilCut runs a long call that is no client stream, so that it does not hold
// up a drain: at [Registry.CutAll] it returns reason DRAINING, whatever call is
// stuck in. call then goes on by itself until its context, or the end of the
// gRPC call, ends it. A panic of call is UntilCut's.
func (r *Registry) UntilCut(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended := make(chan outcome, 1)
	go func() { ended <- run(ctx, call) }()
	select {
	case o := <-ended:
		if o.panicked != nil {
			panic(o.panicked)
		}
		return o.err
	case <-r.cut.Done():
		cancel(errDraining)
		return errDraining
	}
}

// outcome is how a call ended.
type outcome struct {
	err      error
	panicked any
}

func run(ctx context.Context, call func(context.Context) error) (o outcome) {
	defer func() { o.panicked = recover() }()
	return outcome{err: call(ctx)}
}
