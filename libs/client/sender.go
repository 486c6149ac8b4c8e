package client

import (
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// sender sends the content over one stream. Its context ends when the server
// has answered; an error that it returns after that means nothing.
type sender struct {
	upload  *upload
	ctx     context.Context //nolint:containedctx // the sender lives as long as one call
	stream  grpc.ClientStream
	answer  *answer[*fileuploadv1.UploadFileResponse]
	hashing *hashing
	// greeted is set when the Hello has been adopted.
	greeted bool
}

// run returns nil when everything was sent, or when the stream ended before.
func (s *sender) run() error {
	err := s.sendAll()
	if errors.Is(err, io.EOF) {
		// The stream has ended; the answer says why.
		return nil
	}
	return err
}

func (s *sender) sendAll() error {
	header := s.upload.encoded
	offset := int64(0)
	if s.upload.asksFirst() {
		place, err := s.ask()
		if err != nil {
			return err
		}
		header, offset = nil, place
		if s.upload.isNamed(s.answer.hello.GetDurableChecksum()) {
			return s.end(s.answer.hello.GetNext())
		}
	}
	for last := false; !last; header = nil {
		c, err := s.nextChunk(offset)
		if err != nil {
			return err
		}
		last, offset = c.last, c.end()
		err = s.send(&uploadMessage{header: header, chunk: c})
		c.release()
		if err != nil {
			return err
		}
	}
	return s.close()
}

// ask sends the header alone, waits for the Hello, and returns the place to go
// on from, before which the server has what the content has.
func (s *sender) ask() (int64, error) {
	if err := s.send(&uploadMessage{header: s.upload.encoded}); err != nil {
		return 0, err
	}
	if err := s.awaitGreeting(); err != nil {
		return 0, err
	}
	if s.upload.content.random() == nil {
		// What was read once can't be skipped to: it is sent from its start, and
		// the server drops what it has.
		return 0, nil
	}
	next := s.answer.hello.GetNext()
	s.upload.resumed = next
	if err := s.upload.compare(s.ctx, next, s.answer.hello.GetDurableChecksum()); err != nil {
		return 0, err
	}
	s.upload.meter.jump(next)
	return next, nil
}

// awaitGreeting waits for the Hello, which may come together with the answer.
func (s *sender) awaitGreeting() error {
	select {
	case <-s.answer.greeted:
		return nil
	case <-s.ctx.Done():
	}
	select {
	case <-s.answer.greeted:
		return nil
	default:
		return context.Cause(s.ctx)
	}
}

// end ends the upload of a content that the server has as a whole. It may have
// answered already.
func (s *sender) end(size int64) error {
	c := s.upload.client.chunks.newChunk(size)
	defer c.release()
	c.seal(0)
	c.last, c.checksum = true, s.upload.header.GetChecksum()
	if err := s.send(&uploadMessage{chunk: c}); err != nil {
		return err
	}
	return s.close()
}

// close tells the server that no more comes.
func (s *sender) close() error {
	s.upload.meter.enter(TransferFinishing)
	return s.stream.CloseSend()
}

// nextChunk reads the chunk at offset and hands it to the digester. The last
// one carries the checksum of the whole.
func (s *sender) nextChunk(offset int64) (*chunk, error) {
	s.learn()
	c := s.upload.client.chunks.newChunk(offset)
	if err := s.fill(c); err != nil {
		c.release()
		return nil, err
	}
	return c, nil
}

func (s *sender) fill(c *chunk) error {
	n, last, err := s.upload.content.read(c.room()[:s.upload.chunkSize], c.offset)
	if err != nil {
		return sourceError(err)
	}
	c.seal(n)
	s.hashing.offer(c)
	if !last {
		return nil
	}
	if err := s.upload.content.unchanged(); err != nil {
		return err
	}
	c.last = true
	if c.checksum, err = s.hashing.sum(s.ctx, c.end()); err != nil {
		return err
	}
	return s.upload.checkNamed(c.checksum)
}

// learn adopts the Hello once it has come.
func (s *sender) learn() {
	if s.greeted {
		return
	}
	if hello, ok := s.answer.greeting(); ok {
		s.greeted = true
		s.upload.adopt(hello)
	}
}

// send waits for the rate limit and for the server to take the message.
func (s *sender) send(m *uploadMessage) error {
	size := 0
	if m.chunk != nil {
		size = m.chunk.size
	}
	if limiter := s.upload.client.limiter; limiter != nil {
		if limiter.WaitN(s.ctx, size) != nil {
			return fmt.Errorf("the rate limit lets no byte pass before the deadline: %w", context.DeadlineExceeded)
		}
	}
	if err := s.stream.SendMsg(m); err != nil {
		return err //nolint:wrapcheck // io.EOF is looked at by the caller
	}
	if m.chunk != nil {
		s.upload.meter.sent(m.chunk.end(), size)
	}
	return nil
}

// asksFirst tells whether to wait for the Hello before any data: the server may
// have the content or a part of it already, or the content can be sent once only,
// so that a chunk above the server's limit would be the end of it.
func (u *upload) asksFirst() bool {
	return u.content.random() == nil || u.mayResume() || u.header.GetChecksum() != ""
}

// mayResume tells whether the server may have a part of the content under the
// upload's id.
func (u *upload) mayResume() bool { return u.named || u.attempts > 1 }

// adopt takes over what the server says of its limits and its position.
func (u *upload) adopt(hello *streamv1.Hello) {
	u.greeted = true
	u.meter.durable(hello.GetPosition().GetDurable())
	limit := hello.GetMaxMessageBytes()
	if limit <= 0 {
		return
	}
	size := int(min(limit, int64(u.client.chunkSize)))
	u.lowered = u.lowered || size < u.chunkSize
	u.chunkSize = size
}

// sourceError keeps an io.EOF of the content apart from the stream's.
func sourceError(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("the content to upload ended early: %v", err) //nolint:errorlint // not to be taken for the stream's
	}
	return err
}
