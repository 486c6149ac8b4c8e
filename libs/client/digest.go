package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"sync/atomic"

	"google.golang.org/grpc/mem"
)

// digester computes the SHA-256 of a content over all attempts of its upload.
// It takes every byte in once and in order. One hashing at a time uses it.
type digester struct {
	hash hash.Hash
	// next is the place up to which the content is hashed.
	next  int64
	marks *hashMarks
	// content is read where chunks left a gap. It is nil when it can be read
	// once only; then there are no gaps.
	content io.ReaderAt
	pool    *chunkPool
}

func newDigester(content io.ReaderAt, pool *chunkPool) *digester {
	return &digester{hash: sha256.New(), marks: newHashMarks(), content: content, pool: pool}
}

// add hashes what the piece has behind next, after the gap before it.
func (d *digester) add(ctx context.Context, p piece) error {
	if err := d.catchUp(ctx, p.offset); err != nil {
		return err
	}
	data := p.data.ReadOnlyData()
	if known := d.next - p.offset; known < int64(len(data)) {
		return d.write(data[known:])
	}
	return nil
}

// catchUp reads and hashes up to the given place.
func (d *digester) catchUp(ctx context.Context, to int64) error {
	return d.readTo(ctx, d.next, to, d.write)
}

// readTo reads the content from one place to another, in pieces.
func (d *digester) readTo(ctx context.Context, from, to int64, take func([]byte) error) error {
	if from >= to {
		return nil
	}
	memory := d.pool.Get(d.pool.size)
	defer d.pool.Put(memory)
	for from < to {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		part := (*memory)[:min(int64(len(*memory)), to-from)]
		if err := readFullAt(d.content, part, from); err != nil {
			return err
		}
		if err := take(part); err != nil {
			return err
		}
		from += int64(len(part))
	}
	return nil
}

// write hashes what follows next.
func (d *digester) write(data []byte) error {
	for len(data) > 0 {
		mark := d.marks.next(d.next)
		part := data[:min(int64(len(data)), mark-d.next)]
		d.hash.Write(part)
		d.next += int64(len(part))
		data = data[len(part):]
		if d.next < mark || d.content == nil {
			continue
		}
		if err := d.marks.mark(d.next, d.hash); err != nil {
			return err
		}
	}
	return nil
}

// prefix returns the SHA-256 in hexadecimal of the first size bytes, which may be
// fewer than are hashed. The content can be read at any place.
func (d *digester) prefix(ctx context.Context, size int64) (string, error) {
	if size >= d.next {
		return d.sum(ctx, size)
	}
	sum, place, err := d.marks.before(size)
	if err != nil {
		return "", err
	}
	err = d.readTo(ctx, place, size, func(data []byte) error {
		sum.Write(data)
		return nil
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}

// sum returns the SHA-256 in hexadecimal of the first size bytes.
func (d *digester) sum(ctx context.Context, size int64) (string, error) {
	if err := d.catchUp(ctx, size); err != nil {
		return "", err
	}
	return hex.EncodeToString(d.hash.Sum(nil)), nil
}

// piece is a chunk's bytes and their place.
type piece struct {
	data   mem.Buffer
	offset int64
}

// hashing runs a digester beside one attempt. Its methods belong to the
// goroutine that sends.
type hashing struct {
	digester *digester
	queue    chan piece
	ended    chan struct{}
	stopped  bool
	err      error
	// behind is set while a gap is read. Chunks are not offered then, so that
	// sending goes on; they are read with the gap that they leave.
	behind atomic.Bool
}

// startHashing starts the goroutine. The caller ends it with stop.
func startHashing(ctx context.Context, d *digester) *hashing {
	h := &hashing{digester: d, queue: make(chan piece, 1), ended: make(chan struct{})}
	go h.run(ctx)
	return h
}

func (h *hashing) run(ctx context.Context) {
	defer close(h.ended)
	for p := range h.queue {
		if h.err == nil {
			h.behind.Store(h.digester.next < p.offset)
			h.err = h.digester.add(ctx, p)
			h.behind.Store(false)
		}
		p.data.Free()
	}
}

// offer hands over a chunk. It waits while the one before it is not taken yet.
func (h *hashing) offer(c *chunk) {
	if c.size == 0 || h.behind.Load() {
		return
	}
	h.queue <- piece{data: c.share(), offset: c.offset}
}

// stop waits for what was offered.
func (h *hashing) stop() {
	if h.stopped {
		return
	}
	h.stopped = true
	close(h.queue)
	<-h.ended
}

// sum stops and returns the SHA-256 of the first size bytes.
func (h *hashing) sum(ctx context.Context, size int64) (string, error) {
	h.stop()
	if h.err != nil {
		return "", h.err
	}
	return h.digester.sum(ctx, size)
}
