package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// watch ends a request in which nothing moves for its limit. It runs from its
// start. Safe for concurrent use.
type watch struct {
	limit time.Duration
	timer *time.Timer
	ctx   context.Context
}

func startWatch(ctx context.Context, limit time.Duration, cancel context.CancelCauseFunc) *watch {
	return &watch{limit: limit, ctx: ctx, timer: time.AfterFunc(limit, func() { cancel(errStalled) })}
}

// moved says that something has, and starts a watch that was stopped.
func (w *watch) moved() { w.timer.Reset(w.limit) }

func (w *watch) stop() { w.timer.Stop() }

// explain says of an error that the watch made what it stands for.
func (w *watch) explain(err error) error {
	if err == nil || errors.Is(err, io.EOF) || !errors.Is(context.Cause(w.ctx), errStalled) {
		return err
	}
	return fmt.Errorf("%w for %v: look at the network to s3.endpoint, or raise s3.timeout", errStalled, w.limit)
}

// requestBody is what a request sends. net/http may read from it in a goroutine
// of its own that outlives the request.
type requestBody struct {
	watch *watch

	mu   sync.Mutex
	body io.ReadCloser // guarded by mu; nil when detached
}

func (b *requestBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.body == nil {
		return 0, io.ErrClosedPipe
	}
	b.watch.moved()
	return b.body.Read(p)
}

// detach gives the bytes back to their owner.
func (b *requestBody) detach() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.body = nil
}

// Close does nothing: the bytes belong to the caller.
func (b *requestBody) Close() error { return nil }

// answerBody is watched while it is read, not while its reader does something
// else.
type answerBody struct {
	body   io.ReadCloser
	watch  *watch
	cancel context.CancelCauseFunc
}

func (b *answerBody) Read(p []byte) (int, error) {
	b.watch.moved()
	n, err := b.body.Read(p)
	b.watch.stop()
	return n, b.watch.explain(err)
}

func (b *answerBody) Close() error {
	err := b.body.Close()
	b.cancel(nil)
	return err
}
