package s3

import (
	"context"
	"fmt"
	"io"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// part is a file that grows in memory, part by part, and leaves by a sender.
type part struct {
	store   *Store
	session *session
	*sender

	// buffer has the bytes from offset on.
	buffer []byte
	offset int64
	ended  bool
	// handedOver says that Publish has what it needs.
	handedOver bool
}

var _ core.Part = (*part)(nil)

// newPart returns an empty part. What it sends outlives ctx, since a stream that
// was cut keeps what it brought.
func newPart(ctx context.Context, s *Store, opened *session, size int) *part {
	return &part{store: s, session: opened, sender: newSender(context.WithoutCancel(ctx), s, opened.blobID, size)}
}

// Append copies the segments and sends the parts that they fill. It waits while
// so many parts are on their way as may be.
func (p *part) Append(segments [][]byte) error {
	if err := p.failure(); err != nil {
		return explain("append", err)
	}
	for _, segment := range segments {
		if err := p.take(segment); err != nil {
			return explain("append", err)
		}
	}
	return nil
}

func (p *part) take(segment []byte) error {
	for len(segment) > 0 {
		p.makeRoom(len(segment))
		n := min(len(segment), cap(p.buffer)-len(p.buffer), p.size-len(p.buffer))
		p.buffer = append(p.buffer, segment[:n]...)
		segment = segment[n:]
		if len(p.buffer) < p.size {
			continue
		}
		if err := p.handOut(); err != nil {
			return err
		}
	}
	return nil
}

// makeRoom lets the buffer take at least one byte more.
func (p *part) makeRoom(n int) {
	switch {
	case len(p.buffer) < cap(p.buffer):
	case p.begun():
		p.buffer = p.store.buffers.get()
	default:
		for cap(p.buffer) < min(len(p.buffer)+n, p.size) {
			p.buffer = grow(p.buffer, p.size)
		}
	}
}

// handOut gives the buffer to the sender.
func (p *part) handOut() error {
	buffer := p.buffer
	p.buffer, p.offset = nil, p.offset+int64(len(buffer))
	return p.send(buffer)
}

// ReadAt reads what has not been handed out yet.
func (p *part) ReadAt(b []byte, offset int64) (int, error) {
	switch {
	case offset < p.offset:
		return 0, fmt.Errorf("s3: %d bytes at %d: %w", len(b), offset, core.ErrUnreadable)
	case offset >= p.offset+int64(len(p.buffer)):
		return 0, io.EOF
	}
	n := copy(b, p.buffer[offset-p.offset:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// Durable rounds down to whole parts.
func (p *part) Durable(offset int64) int64 { return offset - offset%int64(p.size) }

// Proof names the multipart upload and has a digest over the parts before
// offset. It is nil at 0, and where a Sync is missing.
func (p *part) Proof(offset int64) []byte { return p.proof(int(offset / int64(p.size))) }

// End hands out what is left. A file of less than one part stays in memory and is
// put by Publish: nothing of it was ever said to be durable.
func (p *part) End() error {
	p.ended = true
	if !p.begun() {
		return nil
	}
	if len(p.buffer) == 0 {
		return nil
	}
	return explain("end", p.handOut())
}

// Sync waits until the server has what was handed out, and returns the first
// failure of all time. An ended part fails that is not the newest of its upload.
func (p *part) Sync() error {
	done, err := p.settle()
	if err != nil {
		return explain("sync", err)
	}
	if p.ended && !p.handedOver {
		return explain("sync", p.handOver(done))
	}
	return nil
}

// handOver keeps for Publish what it needs, a small file's content included.
func (p *part) handOver(done completion) error {
	done.size = p.offset
	if !p.begun() {
		done.content = p.buffer
	}
	if err := p.store.sessions.end(p.session, done); err != nil {
		return err
	}
	p.buffer, p.handedOver = nil, true
	return nil
}

// Close breaks off what is on its way.
func (p *part) Close() error {
	p.stop()
	p.store.sessions.leave(p.session)
	p.store.buffers.put(p.buffer)
	p.buffer = nil
	return nil
}
