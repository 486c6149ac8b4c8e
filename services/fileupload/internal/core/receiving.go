package core

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	hash        *hasher
	checkpoints checkpointer
	// registered tells whether the catalog knows the upload, and reserved how many
	// bytes it has set aside for it.
	registered bool
	reserved   int64
	// head is the beginning of the file, as far as it is here, for its type.
	head        []byte
	contentType string
	received    atomic.Int64
	// movedAt is when received last grew, in Unix nanoseconds.
	movedAt    atomic.Int64
	verifying  atomic.Bool
	duplicates int64
	// checksum is what the client says the file has, or empty; upload has what
	// it said before this session.
	checksum string
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
	if err := s.uploads.limits.checkGrowth(grown, s.upload.TotalSize); err != nil {
		return err
	}
	if err := s.sniff(chunk.Segments); err != nil {
		return err
	}
	if err := s.reserve(ctx, grown); err != nil {
		return err
	}
	if err := s.write(chunk); err != nil {
		return err
	}
	s.received.Store(grown)
	s.movedAt.Store(time.Now().UnixNano())
	if !s.checkpointDue() {
		return nil
	}
	return failure(s.checkpoint(ctx))
}

// checkpointDue tells whether a checkpoint is worth its while. One may be under
// way while the next interval comes in, so that half the limit is the most that
// keeps to it.
func (s *receiving) checkpointDue() bool {
	received, last := s.received.Load(), s.checkpoints.last.Checkpoint.Offset
	return received-last >= s.uploads.limits.CheckpointBytes/2 && s.part.Durable(received) > last
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

// sniff tells the file's type as soon as enough of it is here.
func (s *receiving) sniff(segments [][]byte) error {
	for _, segment := range segments {
		if len(s.head) == headSize {
			return nil
		}
		s.head = append(s.head, segment[:min(len(segment), headSize-len(s.head))]...)
		if len(s.head) == headSize {
			return s.checkType()
		}
	}
	return nil
}

func (s *receiving) checkType() (err error) {
	s.contentType, err = s.uploads.limits.Types.CheckContent(s.upload.FileName, s.head)
	return err
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
	return upload
}

func (s *receiving) Finish(ctx context.Context) (*Receipt, error) {
	s.verifying.Store(true) // for those who watch
	sum := s.hash.Sum()
	if err := s.verify(sum); err != nil {
		return nil, err
	}
	if err := s.publish(context.WithoutCancel(ctx)); err != nil {
		return nil, failure(err)
	}
	if err := s.commit(context.WithoutCancel(ctx), sum); err != nil {
		return nil, failure(err)
	}
	return s.receipt, nil
}

func (s *receiving) verify(sum string) error {
	size := s.received.Load()
	if s.upload.TotalSize != UnknownSize && size != s.upload.TotalSize {
		return problem.InField(problem.SizeMismatch, "total_size", "declared %d bytes; the last chunk ends at %d", s.upload.TotalSize, size)
	}
	if s.contentType == "" {
		if err := s.checkType(); err != nil {
			return err
		}
	}
	if s.checksum != "" && s.checksum != sum {
		return problem.InField(problem.ChecksumMismatch, "checksum",
			"is %s; the %d bytes received have %s", s.checksum, size, sum)
	}
	return nil
}

func (s *receiving) publish(ctx context.Context) error {
	if err := s.checkpoints.wait(); err != nil {
		return err
	}
	if err := s.end(); err != nil {
		s.checkpoints.broken = true
		return err
	}
	if err := s.part.Close(); err != nil {
		return err
	}
	s.part = nil
	return s.uploads.store.Publish(ctx, s.upload.FileID)
}

func (s *receiving) end() error {
	if err := s.part.End(); err != nil {
		return err
	}
	return s.part.Sync()
}

func (s *receiving) commit(ctx context.Context, sum string) error {
	state, err := s.hash.State()
	if err != nil {
		return err
	}
	now := time.Now()
	receipt := s.newReceipt(sum, now)
	upload := s.snapshot()
	upload.Status, upload.Receipt = Available, receipt
	upload.touch(now, s.uploads.limits.ReceiptExpiry)
	s.committing = true
	if err := s.uploads.catalog.CompleteUpload(ctx, upload, s.newFile(receipt), s.uploads.limits.Quotas.Of(upload.Tenant)); err != nil {
		return err
	}
	upload.Checkpoint.HashState = state // for those who watch; the catalog has the receipt
	s.checkpoints.durable.Store(&upload.Checkpoint)
	s.receipt = receipt
	return nil
}

func (s *receiving) newReceipt(sum string, now time.Time) *Receipt {
	receipt := &Receipt{
		FileID:         s.upload.FileID,
		FileName:       s.upload.FileName,
		Size:           s.received.Load(),
		Checksum:       sum,
		ContentType:    s.contentType,
		DuplicateBytes: s.duplicates,
		Streams:        s.upload.Checkpoint.Streams,
		ProcessingTime: now.Sub(s.upload.CreatedAt),
		CreatedAt:      now.UTC().Truncate(time.Microsecond),
	}
	if finding := compareTypes(s.upload.ContentType, s.contentType); finding != nil {
		receipt.Findings = append(receipt.Findings, *finding)
	}
	return receipt
}

func (s *receiving) newFile(receipt *Receipt) File {
	return File{
		ID:          receipt.FileID,
		Tenant:      s.upload.Tenant,
		Owner:       s.upload.Subject,
		Name:        receipt.FileName,
		Size:        receipt.Size,
		Checksum:    receipt.Checksum,
		ContentType: receipt.ContentType,
		Metadata:    s.upload.Metadata,
		CreatedAt:   receipt.CreatedAt,
		UpdatedAt:   receipt.CreatedAt,
	}
}

func (s *receiving) Close(ctx context.Context, cause error) error {
	defer s.uploads.setLive(s.upload.UploadKey, nil)
	defer s.release()
	if s.receipt != nil {
		return cause
	}
	if s.committing {
		return errors.Join(cause, s.uploads.leave(ctx, s, cause))
	}
	ctx = context.WithoutCancel(ctx)
	err := s.checkpoints.wait()
	switch {
	case EndsUpload(cause) || !s.registered:
		err = errors.Join(err, s.uploads.forget(ctx, &s.upload))
	case err == nil:
		err = s.settle(ctx)
	}
	return errors.Join(cause, failure(err))
}

// settle makes durable what was received since the last checkpoint.
func (s *receiving) settle(ctx context.Context) error {
	next := s.snapshot()
	switch {
	case s.part == nil:
		return nil
	case s.checkpoints.broken:
		return s.dropUnsynced(ctx)
	case s.checkpoints.covers(&next):
		return nil
	}
	if err := s.checkpoint(ctx); err != nil {
		return err
	}
	return s.checkpoints.wait()
}

// dropUnsynced gives back the room of what has to be sent again anyway, which a
// full disk may need for a deletion.
func (s *receiving) dropUnsynced(ctx context.Context) error {
	s.release()
	part, err := s.uploads.store.Resume(ctx, s.upload.FileID, s.checkpoints.last.Checkpoint.Offset)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return part.Close()
}

// release gives up what the session holds. The bytes were synced before, or are
// not needed, so that closing the part has nothing to report.
func (s *receiving) release() {
	if s.hash != nil {
		s.hash.Close()
	}
	if s.part != nil {
		_ = s.part.Close()
		s.part = nil
	}
}

// readHead fetches the beginning of a resumed file.
func (s *receiving) readHead(size int64) error {
	s.head = make([]byte, min(size, headSize))
	if _, err := s.part.ReadAt(s.head, 0); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the beginning of the part: %w", err)
	}
	if len(s.head) < headSize {
		return nil
	}
	return s.checkType()
}
