package sending

import (
	"context"
	"io"
)

// Interruptible returns a reader that fails when ctx ends, also while it waits
// for a pipe or a terminal. The goroutine that waits there stays until its
// input ends or the program does; stop releases it where it waits to be read.
func Interruptible(ctx context.Context, in io.Reader) (out io.Reader, stop func()) {
	r, w := io.Pipe()
	go func() {
		_, err := io.Copy(w, in)
		_ = w.CloseWithError(err) // never fails
	}()
	release := context.AfterFunc(ctx, func() { _ = w.CloseWithError(context.Cause(ctx)) })
	return r, func() {
		release()
		_ = r.Close()
	}
}
