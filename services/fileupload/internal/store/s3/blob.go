package s3

import (
	"context"
	"io"
	"sync"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// headBytes is how much of a blob is read when it is opened, with its size: a
// small file is read by one request.
const headBytes = 64 << 10

// blob is an object that does not change. Reads that go on where the last one
// ended share one open body, which the server reads ahead; others ask for just
// their range.
type blob struct {
	store *Store
	key   string
	etag  string
	size  int64
	head  []byte
	ctx   context.Context
	close context.CancelFunc

	// mu is held by the reader of body; others do without. It guards what follows.
	mu sync.Mutex
	// body is open at next; nil when none is.
	body io.ReadCloser
	next int64
}

var _ core.Blob = (*blob)(nil)

// Open looks at the object and reads its beginning. Reading ends with ctx.
func (s *Store) Open(ctx context.Context, id string) (core.Blob, error) {
	key, err := s.keyOf(id)
	if err != nil {
		return nil, err
	}
	b := &blob{store: s, key: key}
	err = s.again(ctx, func() error { return b.readHead(ctx) })
	if err != nil {
		return nil, explain("open blob", err)
	}
	b.next = int64(len(b.head))
	b.ctx, b.close = context.WithCancel(ctx)
	return b, nil
}

// readHead reads the beginning, with which the server tells the size.
func (b *blob) readHead(ctx context.Context) error {
	body, object, err := b.store.get(ctx, b.key, "", 0, headBytes)
	if isEmpty(err) {
		object, err = b.store.stat(ctx, b.key)
		b.etag, b.size = object.ETag, object.Size
		return err
	}
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // It was only read.
	b.etag, b.size = object.ETag, object.Size
	b.head = make([]byte, min(b.size, headBytes))
	_, err = io.ReadFull(body, b.head)
	return err
}

// Size of the object.
func (b *blob) Size() int64 { return b.size }

// Close closes the open body. It waits for the reader that has it.
func (b *blob) Close() error {
	b.close()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drop()
	return nil
}

// ReadAt reads a range. A body that ends early is asked for again from there.
func (b *blob) ReadAt(p []byte, offset int64) (int, error) {
	if offset >= b.size {
		return 0, io.EOF
	}
	want := p[:min(int64(len(p)), b.size-offset)]
	n := 0
	if offset < int64(len(b.head)) {
		n = copy(want, b.head[offset:])
	}
	err := b.store.again(b.ctx, func() error {
		got, err := b.readOnce(want[n:], offset+int64(n))
		n += got
		return err
	})
	if err == nil && n < len(p) {
		err = io.EOF
		return n, err
	}
	return n, explain("read blob", err)
}

// readOnce reads all of p or fails.
func (b *blob) readOnce(p []byte, offset int64) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if b.mu.TryLock() {
		defer b.mu.Unlock()
		if offset == b.next {
			return b.readOn(p)
		}
		b.drop()
		b.next = offset + int64(len(p))
	}
	return b.readRange(p, offset)
}

// readOn reads from the open body, or opens one. The caller holds mu.
func (b *blob) readOn(p []byte) (n int, err error) {
	if b.body == nil {
		if b.body, _, err = b.store.get(b.ctx, b.key, b.etag, b.next, b.size-b.next); err != nil {
			return 0, err
		}
	}
	n, err = io.ReadFull(b.body, p)
	b.next += int64(n)
	if err != nil || b.next == b.size {
		b.drop()
	}
	return n, err
}

// drop closes the body. The caller holds mu.
func (b *blob) drop() {
	if b.body != nil {
		_ = b.body.Close() // It was only read.
		b.body = nil
	}
}

func (b *blob) readRange(p []byte, offset int64) (int, error) {
	body, _, err := b.store.get(b.ctx, b.key, b.etag, offset, int64(len(p)))
	if err != nil {
		return 0, err
	}
	defer func() { _ = body.Close() }() // It was only read.
	return io.ReadFull(body, p)
}
