package core

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// receiving is the session of an upload that is not a file yet.
type receiving struct {
	uploads *Uploads
	upload  Upload

	part        Part
	beginning   beginning
	hash        *hasher
	checkpoints checkpointer
	// registered tells whether the catalog knows the upload, and reserved how many
	// bytes it has set aside for it.
	registered bool
	reserved   int64
	received   atomic.Int64
	throughput throughput
	// movedAt is when received last grew, in Unix nanoseconds.
	movedAt atomic.Int64
	// finishing is what happens after the last byte, for those who watch; empty
	// before.
	finishing  atomic.Value
	duplicates int64
	// checksum is what the client says the file has, or empty; upload has what
	// it said before this session.
	checksum string
	// readable are the files that the uploader may read.
	readable Readable
	// policy of the tenant.
	policy Policy
	// blobID names what was published; empty before.
	blobID string
	// committing is set when the catalog is asked to make the bytes a file: from
	// then on only the catalog knows whether they are one.
	committing bool
	receipt    *Receipt
}

func (s *receiving) Finished() bool { return false }

func (s *receiving) Next() int64 { return s.received.Load() }

func (s *receiving) Checksum() string { return s.hash.Sum() }

func (s *receiving) Position() (received, durable int64) {
	// Durable first: received only grows, so that durable is never above it.
	durable = s.checkpoints.durable.Load().Offset
	return s.received.Load(), durable
}

func (s *receiving) Complete() bool {
	return s.upload.TotalSize != UnknownSize && s.received.Load() == s.upload.TotalSize
}

func (s *receiving) SetChecksum(checksum string) error {
	checksum = strings.ToLower(checksum)
	if err := checkChecksum(checksum); err != nil {
		return err
	}
	if s.checksum != "" && s.checksum != checksum {
		return workChanged("checksum", s.upload.UploadID)
	}
	s.checksum = checksum
	return nil
}

func (s *receiving) Append(ctx context.Context, chunk Chunk) error {
	if err := chunk.check(s.uploads.limits.ChunkBytes); err != nil {
		return err
	}
	if err := s.dropRepeat(&chunk); err != nil || chunk.Size == 0 {
		return err
	}
	grown := s.received.Load() + int64(chunk.Size)
	if err := s.policy.checkGrowth(grown, s.upload.TotalSize); err != nil {
		return err
	}
	if err := s.beginning.take(chunk.Segments); err != nil {
		return err
	}
	if err := s.reserve(ctx, grown); err != nil {
		return err
	}
	if err := s.write(chunk); err != nil {
		return err
	}
	s.received.Store(grown)
	s.moved(time.Now(), chunk.Size)
	switch {
	case s.checkpointDue():
		return failure(s.checkpoint(ctx))
	case s.touchDue():
		return failure(s.checkpoints.start(ctx, s.checkpoints.last))
	}
	return nil
}

// touchDue tells whether the catalog has to be told that the upload is carried, lest
// another replica takes it for abandoned: bytes come in, and too few for a
// checkpoint.
func (s *receiving) touchDue() bool {
	return s.registered && time.Since(s.checkpoints.begunAt) > s.uploads.limits.UploadExpiry/4
}

// moved notes that bytes have come in.
func (s *receiving) moved(now time.Time, bytes int) {
	s.movedAt.Store(now.UnixNano())
	s.throughput.add(now, int64(bytes))
}

// checkpointDue tells whether a checkpoint is worth its while. One may be under
// way while the next interval comes in, so that half the limit is the most that
// keeps to it.
func (s *receiving) checkpointDue() bool {
	received, last := s.received.Load(), s.checkpoints.last.Checkpoint.Offset
	return s.registered && received-last >= s.uploads.limits.CheckpointBytes/2 && s.part.Durable(received) > last
}

// dropRepeat cuts off the chunk what the upload has already.
func (s *receiving) dropRepeat(chunk *Chunk) error {
	next := s.received.Load()
	if chunk.Size == 0 || chunk.Offset == next {
		return nil
	}
	if chunk.Offset > next {
		return problem.InField(problem.OffsetMismatch, "offset", "is %d; the next byte expected is at %d", chunk.Offset, next)
	}
	overlap := int(min(next-chunk.Offset, int64(chunk.Size)))
	same, err := chunk.equals(s.part, overlap)
	if errors.Is(err, ErrUnreadable) {
		return problem.InField(problem.OffsetMismatch, "offset",
			"is %d, and what the upload has there can't be compared any more; the next byte expected is at %d", chunk.Offset, next)
	}
	if err != nil {
		return failure(err)
	}
	if !same {
		return problem.InField(problem.OffsetMismatch, "offset",
			"is %d, where the upload has other bytes already; the next byte expected is at %d", chunk.Offset, next)
	}
	s.duplicates += int64(overlap)
	chunk.cut(overlap)
	return nil
}

// write writes and hashes side by side.
func (s *receiving) write(chunk Chunk) error {
	if err := s.writeAndHash(chunk); err != nil {
		s.checkpoints.broken = true
		return failure(fmt.Errorf("write %d bytes at offset %d: %w", chunk.Size, chunk.Offset, err))
	}
	return nil
}

func (s *receiving) writeAndHash(chunk Chunk) error {
	s.hash.Begin(chunk.Segments, chunk.Size, s.markIn(chunk.Size))
	// The segments are the caller's again after this, also after a panic.
	defer s.hash.Wait(chunk.Size)
	return s.part.Append(chunk.Segments)
}

// markIn returns where in the next chunk of this size a checkpoint would end, if
// not with the chunk; -1 when it would end before it.
func (s *receiving) markIn(size int) int {
	received := s.received.Load()
	grown := received + int64(size)
	if durable := s.part.Durable(grown); durable >= received && durable < grown {
		return int(durable - received)
	}
	return -1
}

func (s *receiving) checkpoint(ctx context.Context) error {
	next := s.snapshot()
	state, err := s.hash.State()
	if next.Checkpoint.Offset < s.received.Load() {
		state, err = s.hash.Marked()
	}
	if err != nil {
		return err
	}
	next.Checkpoint.HashState = state
	return s.checkpoints.start(ctx, next)
}

// snapshot is the upload as the next checkpoint has it, without the hash.
func (s *receiving) snapshot() Upload {
	upload, offset := s.upload, s.received.Load()
	if s.part != nil {
		offset = s.part.Durable(offset)
	}
	upload.Checksum = s.checksum
	upload.Checkpoint = Checkpoint{
		Offset:         offset,
		DuplicateBytes: s.duplicates,
		Streams:        s.upload.Checkpoint.Streams,
	}
	upload.Checkpoint.Head, upload.Checkpoint.ContentType = s.beginning.upTo(offset)
	return upload
}
