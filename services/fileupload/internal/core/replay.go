package core

import (
	"context"
	"errors"
	"strings"
)

// replay is the session of an upload that is a file already. Its receipt holds
// for what the stream carries: whatever comes is compared with the file.
type replay struct {
	uploads *Uploads
	upload  Upload
	// blob is opened for the first chunk.
	blob Blob
}

func (r *replay) Finished() bool { return true }

func (r *replay) Next() int64 { return r.upload.Receipt.Size }

func (r *replay) Checksum() string { return r.upload.Receipt.Checksum }

func (r *replay) Position() (received, durable int64) {
	return r.upload.Receipt.Size, r.upload.Receipt.Size
}

func (r *replay) SetChecksum(checksum string) error {
	if err := checkChecksum(checksum); err != nil {
		return err
	}
	if !strings.EqualFold(checksum, r.upload.Receipt.Checksum) {
		return workChanged("checksum", r.upload.UploadID)
	}
	return nil
}

func (r *replay) Append(ctx context.Context, chunk Chunk) error {
	if err := chunk.check(r.uploads.limits.ChunkBytes); err != nil || chunk.Size == 0 {
		return err
	}
	end, size := chunk.Offset+int64(chunk.Size), r.upload.Receipt.Size
	if end > size || chunk.Last && end < size {
		return workChanged("data", r.upload.UploadID)
	}
	if err := r.open(ctx); err != nil {
		return err
	}
	same, err := chunk.equals(r.blob, chunk.Size)
	if err == nil && !same {
		err = workChanged("data", r.upload.UploadID)
	}
	return failure(err)
}

func (r *replay) open(ctx context.Context) (err error) {
	if r.blob != nil {
		return nil
	}
	file, err := r.uploads.catalog.FindFile(ctx, r.upload.Tenant, r.upload.Receipt.FileID)
	if err != nil {
		return failure(err)
	}
	r.blob, err = r.uploads.store.Open(ctx, file.BlobID)
	return failure(err)
}

func (r *replay) Complete() bool { return true }

func (r *replay) Finish(context.Context) (*Receipt, error) { return r.upload.Receipt.answer() }

func (r *replay) Close(_ context.Context, cause error) error {
	if r.blob == nil {
		return cause
	}
	return errors.Join(cause, failure(r.blob.Close()))
}
