package tests

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// work is one upload of a workload, or a copy, which has no id. One goroutine
// uses it at a time.
type work struct {
	id, name string
	content  source
	// whole sends it in one message, named says its SHA-256 before that, and once
	// makes no second file of its name and content.
	whole, named, once bool
	// durable is the largest durable position that the server told.
	durable atomic.Int64
}

// told remembers what the server said to be durable. An upload of what may be
// there already ends with a file that others may delete: it has no say in that.
func (w *work) told(durable int64) {
	for !w.once {
		known := w.durable.Load()
		if durable <= known || w.durable.CompareAndSwap(known, durable) {
			return
		}
	}
}

// first is the message that the upload begins with, each time.
func (w *work) first() *fileuploadv1.UploadFileRequest {
	first := header(w.name, w.id, w.content.Size())
	first.IfAbsent = w.once
	if w.named {
		first.Checksum = w.content.SHA256()
	}
	if w.whole {
		first.Data, first.IsLastChunk = w.content.Bytes(0, int(w.content.Size())), true
	}
	return first
}

// greet begins an upload or goes on with it, and checks what it is told of its
// position.
func (l *workload) greet(ctx context.Context, w *work) (*upload, *streamv1.Hello, error) {
	u, err := l.server().begin(ctx, w.first())
	if err != nil {
		return nil, nil, err
	}
	hello, err := u.hello()
	if err == nil {
		err = w.check(hello)
	}
	if err != nil {
		u.cancel()
		return nil, nil, fmt.Errorf("%s: %w", w.name, err)
	}
	if hello.GetNext() > 0 {
		l.resumed.Add(1)
	}
	return u, hello, nil
}

// check wants everything that was durable to be there, and nothing else.
func (w *work) check(hello *streamv1.Hello) error {
	if found := hello.GetPosition().GetDurable(); found < w.durable.Load() {
		return fmt.Errorf("%w: %d bytes were durable and %d are", errBroken, w.durable.Load(), found)
	}
	return checkPrefix(hello, w.content)
}

// upload begins an upload or goes on with it, up to its receipt.
func (l *workload) upload(ctx context.Context, w *work) (*fileuploadv1.UploadFileResponse, error) {
	u, hello, err := l.greet(ctx, w)
	if err != nil {
		return nil, err
	}
	defer u.cancel()
	return l.sendRest(ctx, u, hello, w)
}

// sendRest sends what a stream's hello asks for.
func (l *workload) sendRest(ctx context.Context, u *upload, hello *streamv1.Hello, w *work) (*fileuploadv1.UploadFileResponse, error) {
	if !w.whole {
		watched, stop := context.WithCancel(ctx)
		var watch sync.WaitGroup
		watch.Go(func() { l.watch(watched, w) })
		defer watch.Wait()
		defer stop()
		if err := u.sendFrom(w.content, hello.GetNext(), w.content.Size()); err != nil {
			return nil, err
		}
	}
	receipt, err := u.finish()
	if err != nil {
		return nil, err
	}
	if receipt.GetChecksum() != w.content.SHA256() {
		return nil, fmt.Errorf("%w: the receipt has another checksum than the content", errBroken)
	}
	return receipt, nil
}

// watch remembers what the server tells to be durable until ctx ends.
func (l *workload) watch(ctx context.Context, w *work) {
	stream, err := l.server().files.WatchUpload(ctx, &fileuploadv1.WatchUploadRequest{UploadId: w.id})
	for err == nil {
		var message *fileuploadv1.WatchUploadResponse
		message, err = stream.Recv()
		if err = l.answer(err); err == nil {
			w.told(message.GetUpload().GetPosition().GetDurable())
		}
	}
}
