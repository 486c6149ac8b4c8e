package s3

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/minio/minio-go/v7"
	"golang.org/x/sync/errgroup"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// copyStep is how much of an object one request copies. S3 allows 5 GiB.
const copyStep = 512 << 20

// takeBack makes the first parts of a blob that was completed and never committed
// a multipart upload again, of the blob anew. The server copies the bytes. Their
// ETags tell whether they are those of the proof: if not, ErrNotFound is returned.
// The blob stays: the session that completed it may be about to commit it.
func (s *Store) takeBack(ctx context.Context, blobID, anew string, known proof, count int) (multipart, error) {
	from, to := s.prefix+blobsFolder+blobID, s.prefix+blobsFolder+anew
	object, err := s.stat(ctx, from)
	if err != nil {
		return multipart{}, err
	}
	size := int64(known.partSize) * int64(count)
	if object.Size < size {
		return multipart{}, fmt.Errorf("%d of %d bytes are there: %w", object.Size, size, core.ErrNotFound)
	}
	uploadID, parts, err := s.copyParts(ctx, from, to, size, int64(known.partSize))
	if err != nil {
		return multipart{}, err
	}
	if digestOf(from, parts) != known.digest {
		return multipart{}, errors.Join(
			fmt.Errorf("the blob has other parts: %w", core.ErrNotFound), s.abort(ctx, to, uploadID))
	}
	return multipart{blobID: anew, uploadID: uploadID, parts: parts}, nil
}

// copyParts begins a multipart upload of key to with the first size bytes of
// from, in parts of step bytes. After an error it has aborted it. The parts are
// asked for without a checksum: versitygw gives them the object's, and then can't
// complete.
func (s *Store) copyParts(ctx context.Context, from, to string, size, step int64) (uploadID string, parts []minio.CompletePart, err error) {
	uploadID, err = s.client.NewMultipartUpload(ctx, s.bucket, to, minio.PutObjectOptions{})
	if err != nil {
		return "", nil, err
	}
	parts = make([]minio.CompletePart, (size+step-1)/step)
	group, copying := errgroup.WithContext(ctx)
	group.SetLimit(s.inFlight)
	for i := range parts {
		start := int64(i) * step
		group.Go(func() (err error) {
			parts[i], err = s.copyPart(copying, from, to, uploadID, i+1, start, min(step, size-start))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return "", nil, errors.Join(err, s.abort(context.WithoutCancel(ctx), to, uploadID))
	}
	return uploadID, parts, nil
}

func (s *Store) copyPart(ctx context.Context, from, to, uploadID string, number int, start, size int64) (minio.CompletePart, error) {
	part, err := s.client.CopyObjectPart(ctx, s.bucket, from, s.bucket, to, uploadID, number, start, size, nil)
	etag := strings.Trim(part.ETag, `"`)
	if err == nil && etag == "" {
		// S3 may answer 200 and tell of an error in the body.
		err = fmt.Errorf("the server did not copy part %d", number)
	}
	return minio.CompletePart{PartNumber: number, ETag: etag}, err
}
