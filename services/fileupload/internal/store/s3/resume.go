package s3

import (
	"context"
	"fmt"

	"github.com/minio/minio-go/v7"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// errFewParts says that parts are gone, or just going where a multipart upload is
// being completed.
var errFewParts = fmt.Errorf("parts are there: %w", core.ErrNotFound)

// partsAtOnce is how many parts the server lists in one answer.
const partsAtOnce = 1000

// Resume goes on with the multipart upload whose first parts the proof is
// about, whoever began it. What lies behind them is written over, or dropped by
// the server at the end. It takes no proof of larger parts than those of now,
// since they would not fit into the memory. It removes nothing: an older session
// that is still at work, or the one that has overtaken it, keeps what it made.
func (s *Store) Resume(ctx context.Context, id string, size int64, proofText []byte) (core.Part, error) {
	anew, err := newBlobID(id)
	if err != nil {
		return nil, err
	}
	if size == 0 {
		return newPart(ctx, s, s.sessions.begin(id, anew), s.partSize), nil
	}
	known, err := parseProof(proofText)
	if err != nil {
		return nil, explain("resume part", err)
	}
	found, err := s.find(ctx, id, anew, size, known)
	if err != nil {
		return nil, explain("resume part", err)
	}
	p := newPart(ctx, s, s.sessions.begin(id, found.blobID), known.partSize)
	p.goOn(found.uploadID, found.parts)
	p.offset = size
	return p, nil
}

// multipart is a multipart upload with the parts that a proof is about.
type multipart struct {
	blobID   string
	uploadID string
	parts    []minio.CompletePart
}

// find looks for the multipart upload of the proof. When that has become a blob it
// makes another one, of the blob anew.
func (s *Store) find(ctx context.Context, id, anew string, size int64, known proof) (multipart, error) {
	count, rest := size/int64(known.partSize), size%int64(known.partSize)
	if rest != 0 || known.partSize > s.partSize {
		return multipart{}, fmt.Errorf("%d bytes are no parts of at most %d: %w", size, s.partSize, core.ErrNotFound)
	}
	blobID := withNonce(id, known.nonce)
	var found multipart
	err := s.untilThere(ctx, func() (err error) {
		found, err = s.look(ctx, blobID, anew, known, int(count))
		return err
	})
	return found, err
}

// look is find without waiting for a server that has neither.
func (s *Store) look(ctx context.Context, blobID, anew string, known proof, count int) (multipart, error) {
	parts, err := s.firstParts(ctx, s.prefix+blobsFolder+blobID, known, count)
	if isAbsent(err) {
		return s.takeBack(ctx, blobID, anew, known, count)
	}
	return multipart{blobID: blobID, uploadID: known.uploadID, parts: parts}, err
}

// firstParts returns the first parts of the proof's multipart upload when they are
// what it says, and ErrNotFound otherwise, as errFewParts when some are missing. When
// there is no such multipart upload the error is the server's.
func (s *Store) firstParts(ctx context.Context, key string, known proof, count int) ([]minio.CompletePart, error) {
	parts := make([]minio.CompletePart, 0, count)
	for len(parts) < count {
		listed, err := s.client.ListObjectParts(ctx, s.bucket, key, known.uploadID, len(parts), partsAtOnce)
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
			return nil, fmt.Errorf("%d of %d %w", before, count, errFewParts)
		}
	}
	if digestOf(key, parts) != known.digest {
		return nil, fmt.Errorf("the first %d parts are others: %w", count, core.ErrNotFound)
	}
	return parts, nil
}
