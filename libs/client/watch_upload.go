package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// errWatchEnded says that a server broke the contract of WatchUpload.
var errWatchEnded = errors.New("the server ended the watch before the upload had ended; ask again")

// WatchUpload yields where an upload of the caller stands at once, and then each
// time that it moves, at most ten times a second. It ends behind the first final
// status, when the loop does, or with ctx. Moves between two yields are merged.
//
// A watch that is cut in a way that may pass is begun anew as the client's
// [RetryPolicy] says, where each yield counts as progress. Positions and Done do
// not go back unless a server was started anew and has lost what was not durable.
//
// An error is the last thing that is yielded, with a zero state. It is an [Error]
// for what the server or the connection refused, such as the reason
// "UPLOAD_NOT_FOUND", and matches context.Canceled where ctx ended the watch.
func (c *StreamingClient) WatchUpload(ctx context.Context, uploadID string) iter.Seq2[UploadState, error] {
	return func(yield func(UploadState, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		w := &uploadWatch{client: c, request: &fileuploadv1.WatchUploadRequest{UploadId: uploadID}, yield: yield}
		if err := w.run(ctx); err != nil {
			yield(UploadState{}, fmt.Errorf("watch upload %s: %w", uploadID, err))
		}
	}
}

// uploadWatch is one watch over all its attempts.
type uploadWatch struct {
	client  *StreamingClient
	request *fileuploadv1.WatchUploadRequest
	yield   func(UploadState, error) bool
	// ended is set when the caller wants no more, or there is no more.
	ended bool
	// moves counts what was yielded.
	moves int64
}

func (w *uploadWatch) run(ctx context.Context) error {
	return w.client.try(ctx, trial{
		attempt: w.attempt,
		again:   retryable,
		reached: func() int64 { return w.moves },
		waiting: noPause,
	})
}

// noPause is the waiting of work whose pauses nobody is told of.
func noPause(error, time.Duration) {}

func (w *uploadWatch) attempt(ctx context.Context) error {
	moves, err := w.client.files.WatchUpload(ctx, w.request)
	for err == nil && !w.ended {
		var move *fileuploadv1.WatchUploadResponse
		if move, err = moves.Recv(); err == nil {
			w.tell(newUploadState(move.GetUpload()))
		}
	}
	switch {
	case w.ended:
		return nil
	case errors.Is(err, io.EOF):
		return errWatchEnded
	default:
		return w.client.callError(ctx, err)
	}
}

func (w *uploadWatch) tell(state UploadState) {
	w.moves++
	w.ended = !w.yield(state, nil) || state.Status.Final()
}
