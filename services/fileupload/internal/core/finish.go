package core

import (
	"context"
	"errors"
	"time"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// Finish verifies what was received, makes it a file and returns the receipt.
func (s *receiving) Finish(ctx context.Context) (*Receipt, error) {
	s.finishing.Store(Verifying)
	sum := s.hash.Sum()
	if err := s.verify(sum); err != nil {
		return nil, err
	}
	if err := s.makeFile(ctx, sum); err != nil {
		return nil, failure(err)
	}
	return s.receipt.answer()
}

func (s *receiving) verify(sum string) error {
	size := s.received.Load()
	if s.upload.TotalSize != UnknownSize && size != s.upload.TotalSize {
		return problem.InField(problem.SizeMismatch, "total_size", "declared %d bytes; the last chunk ends at %d", s.upload.TotalSize, size)
	}
	if err := s.policy.checkSize(size, "data"); err != nil {
		return err
	}
	if err := s.beginning.end(); err != nil {
		return err
	}
	if s.checksum != "" && s.checksum != sum {
		return problem.InField(problem.ChecksumMismatch, "checksum",
			"is %s; the %d bytes received have %s", s.checksum, size, sum)
	}
	return nil
}

// makeFile makes a file of the content: of what the tenant has already, or else of
// what was received. The end of the stream alone does not keep it from that.
func (s *receiving) makeFile(stream context.Context, sum string) error {
	ctx := context.WithoutCancel(stream)
	if err := s.checkpoints.wait(); err != nil {
		return err
	}
	completion := s.newCompletion(sum)
	shared, err := s.share(ctx, &completion)
	if shared || err != nil {
		return err
	}
	if err := s.beforeScan(ctx); err != nil {
		return err
	}
	if completion.File.BlobID, err = s.publish(ctx); err != nil {
		return err
	}
	completion.Own = true
	if completion, err = s.scan(stream, completion); err != nil {
		return err
	}
	return s.commit(ctx, completion)
}

// share makes a file of content that the tenant has already, and tells whether
// there was any.
func (s *receiving) share(ctx context.Context, completion *Completion) (shared bool, err error) {
	same, err := s.uploads.findSame(ctx, completion.Content())
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	err = s.commit(ctx, completion.Sharing(&same))
	if errors.Is(err, ErrContentGone) {
		return false, nil
	}
	return err == nil, err
}

// publish makes the part durable and a blob.
func (s *receiving) publish(ctx context.Context) (blobID string, err error) {
	store := s.uploads.store
	if held, ok := s.part.(*heldPart); ok {
		s.blobID, err = store.Put(ctx, s.upload.FileID, held.content())
		return s.blobID, err
	}
	if err := s.end(); err != nil {
		s.checkpoints.broken = true
		return "", err
	}
	if err := s.part.Close(); err != nil {
		return "", err
	}
	s.part = nil
	s.blobID, err = store.Publish(ctx, s.upload.FileID)
	return s.blobID, err
}

func (s *receiving) end() error {
	if err := s.part.End(); err != nil {
		return err
	}
	return s.part.Sync()
}

// commit makes the upload's file known, and then removes what was received when
// the file shares what was there.
func (s *receiving) commit(ctx context.Context, completion Completion) error {
	state, err := s.hash.State()
	if err != nil {
		return err
	}
	s.committing = true
	stored, err := s.uploads.catalog.CompleteUpload(ctx, completion)
	if errors.Is(err, ErrExists) {
		stored, err = s.overtaken(ctx, completion, err)
	}
	if err != nil {
		s.committing = !errors.Is(err, ErrContentGone)
		return endedElsewhere(err)
	}
	stored.Upload.Checkpoint.HashState = state // for those who watch; the catalog has the receipt
	s.checkpoints.durable.Store(&stored.Upload.Checkpoint)
	s.receipt = stored.Upload.Receipt
	if stored.Own {
		return nil
	}
	if _, held := s.part.(*heldPart); !held || s.blobID != "" {
		s.release()
		s.uploads.discardLater(ctx, s.upload.FileID, s.blobID)
	}
	return nil
}

// overtaken deals with an upload that another stream has brought into the catalog
// since this one looked: what that one has completed is this one's answer too, and
// what it has begun is taken over. cause is why this one could not complete.
func (s *receiving) overtaken(ctx context.Context, own Completion, cause error) (Completion, error) {
	known, err := s.uploads.find(ctx, s.upload.UploadKey)
	if err == nil {
		err = known.accepts(&s.upload.Header)
	}
	switch {
	case err != nil:
		return own, errors.Join(err, cause)
	case known.Status.Finished() && known.Receipt.Checksum != own.File.Checksum:
		return own, errors.Join(workChanged("data", s.upload.UploadID), cause)
	case known.Status.Finished():
		own.Upload, own.Own = known, known.FileID == s.upload.FileID
		return own, nil
	}
	return s.takeOver(ctx, own)
}

// takeOver completes an upload that another stream has begun, whose bytes go.
func (s *receiving) takeOver(ctx context.Context, own Completion) (Completion, error) {
	now := time.Now()
	begun, err := s.uploads.catalog.ContinueUpload(ctx, s.upload.UploadKey, now, now.Add(s.uploads.limits.UploadExpiry))
	if err != nil {
		return own, endedElsewhere(err)
	}
	if err := begun.accepts(&s.upload.Header); err != nil {
		return own, err
	}
	own.Registered, own.Begun, own.Upload.Checkpoint.Streams = true, begun.FileID, begun.Checkpoint.Streams
	stored, err := s.uploads.catalog.CompleteUpload(ctx, own)
	if err == nil {
		s.uploads.discardLater(ctx, begun.FileID, "")
	}
	return stored, err
}

func (s *receiving) newCompletion(sum string) Completion {
	now := time.Now()
	receipt := s.newReceipt(sum, now)
	upload := s.snapshot()
	upload.Status, upload.Receipt = Available, receipt
	upload.Checkpoint = Checkpoint{Offset: receipt.Size, DuplicateBytes: s.duplicates, Streams: receipt.Streams}
	upload.touch(now, s.uploads.limits.ReceiptExpiry)
	return Completion{
		Upload: upload, Registered: s.registered, Begun: s.upload.FileID, File: newFile(&upload),
		IfAbsent: upload.IfAbsent, Readable: s.readable, MustScan: s.mayScan(), Quota: s.uploads.limits.Quotas.Of(upload.Tenant),
	}
}

func (s *receiving) newReceipt(sum string, now time.Time) *Receipt {
	receipt := newReceipt(&s.upload, &s.policy, now)
	receipt.Size, receipt.Checksum, receipt.ContentType = s.received.Load(), sum, s.beginning.contentType
	receipt.DuplicateBytes = s.duplicates
	if finding := compareTypes(s.upload.ContentType, receipt.ContentType); finding != nil {
		receipt.Findings = append(receipt.Findings, *finding)
	}
	return receipt
}

// newReceipt is the receipt of an upload without what its content is.
func newReceipt(upload *Upload, policy *Policy, now time.Time) *Receipt {
	return &Receipt{
		FileID:         upload.FileID,
		FileName:       upload.FileName,
		Streams:        upload.Checkpoint.Streams,
		ProcessingTime: now.Sub(upload.CreatedAt),
		CreatedAt:      now.UTC().Truncate(time.Microsecond),
		ExpiresAt:      policy.expiry(upload.FileExpiresAt, now),
	}
}

// newFile is the file that an upload with a receipt becomes, without its content.
func newFile(upload *Upload) File {
	receipt := upload.Receipt
	return File{
		ID:          receipt.FileID,
		Tenant:      upload.Tenant,
		Owner:       upload.Subject,
		Name:        receipt.FileName,
		Size:        receipt.Size,
		Checksum:    receipt.Checksum,
		ContentType: receipt.ContentType,
		Metadata:    upload.Metadata,
		CreatedAt:   receipt.CreatedAt,
		UpdatedAt:   receipt.CreatedAt,
		ExpiresAt:   receipt.ExpiresAt,
		Status:      FileAvailable,
	}
}
