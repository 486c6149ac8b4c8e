package s3

import (
	"context"
	"errors"
	"fmt"

	"github.com/minio/minio-go/v7"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// partsAtOnce is how many parts the server lists in one answer.
const partsAtOnce = 1000

// Resume goes on with the multipart upload whose first parts the proof is
// about, whoever began it. What lies behind them is written over, or dropped by
// the server at the end. It takes no proof of larger parts than those of now,
// since they would not fit into the memory.
func (s *Store) Resume(ctx context.Context, id string, size int64, proofText []byte) (core.Part, error) {
	key, err := s.keyOf(id)
	if err != nil {
		return nil, err
	}
	s.forgetEnded(id)
	p, err := s.resume(ctx, id, key, size, proofText)
	if err != nil {
		return nil, explain("resume part", err)
	}
	return p, nil
}

func (s *Store) resume(ctx context.Context, id, key string, size int64, proofText []byte) (*part, error) {
	if size == 0 {
		return s.beginAnew(ctx, id, key)
	}
	known, err := parseProof(proofText)
	if err != nil {
		return nil, err
	}
	count, rest := size/int64(known.partSize), size%int64(known.partSize)
	if rest != 0 || known.partSize > s.partSize {
		return nil, fmt.Errorf("%d bytes are no parts of at most %d: %w", size, s.partSize, core.ErrNotFound)
	}
	uploadID, parts, err := s.find(ctx, key, known, int(count))
	if errors.Is(err, core.ErrNotFound) {
		uploadID, parts, err = s.takeBack(ctx, key, known, int(count))
	}
	if err == nil && uploadID != known.uploadID {
		// It was taken back, now or before; until this the object is the safe copy.
		err = s.remove(ctx, key)
	}
	if err != nil {
		return nil, err
	}
	p := newPart(ctx, s, id, key, known.partSize)
	p.goOn(uploadID, parts)
	p.offset = size
	return p, nil
}

// beginAnew drops all parts that are there, if any are. An object stays: what is
// published next replaces it.
func (s *Store) beginAnew(ctx context.Context, id, key string) (*part, error) {
	aborted, err := s.abortAll(ctx, key)
	if err != nil {
		return nil, err
	}
	if aborted == 0 {
		return nil, core.ErrNotFound
	}
	return newPart(ctx, s, id, key, s.partSize), nil
}

// find looks for the multipart upload of the proof, and then for another of the
// same parts, which a blob was taken back into. ErrNotFound when there is none.
func (s *Store) find(ctx context.Context, key string, known proof, count int) (uploadID string, parts []minio.CompletePart, err error) {
	parts, err = s.firstParts(ctx, key, known.uploadID, known, count)
	if !errors.Is(err, core.ErrNotFound) {
		return known.uploadID, parts, err
	}
	for upload, err := range s.uploads(ctx, key) {
		if err != nil {
			return "", nil, err
		}
		if upload.Key != key {
			continue
		}
		parts, err := s.firstParts(ctx, key, upload.UploadID, known, count)
		if !errors.Is(err, core.ErrNotFound) {
			return upload.UploadID, parts, err
		}
	}
	return "", nil, fmt.Errorf("no multipart upload has the first %d parts: %w", count, core.ErrNotFound)
}

// firstParts returns the first parts of a multipart upload when they are those
// of the proof, and ErrNotFound otherwise.
func (s *Store) firstParts(ctx context.Context, key, uploadID string, known proof, count int) ([]minio.CompletePart, error) {
	parts := make([]minio.CompletePart, 0, count)
	for len(parts) < count {
		listed, err := s.client.ListObjectParts(ctx, s.bucket, key, uploadID, len(parts), partsAtOnce)
		if isAbsent(err) {
			return nil, fmt.Errorf("%w: %w", core.ErrNotFound, err)
		}
		if err != nil {
			return nil, err
		}
		before := len(parts)
		for _, p := range listed.ObjectParts[:min(len(listed.ObjectParts), count-before)] {
			if p.PartNumber != len(parts)+1 || p.Size != int64(known.partSize) {
				return nil, fmt.Errorf("part %d has %d bytes: %w", p.PartNumber, p.Size, core.ErrNotFound)
			}
			parts = append(parts, completePart(p))
		}
		if len(parts) == before {
			return nil, fmt.Errorf("%d of %d parts are there: %w", before, count, core.ErrNotFound)
		}
	}
	if digestOf(key, parts) != known.digest {
		return nil, fmt.Errorf("the first %d parts are others: %w", count, core.ErrNotFound)
	}
	return parts, nil
}
