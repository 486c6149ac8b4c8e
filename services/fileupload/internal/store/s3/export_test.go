package s3

import (
	"context"
	"time"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// BreakOff ends what a part sends, beside an Append that waits.
func BreakOff(p core.Part) { p.(*part).stop() }

// AbortLeftovers is what PurgeSetAside does with uploads begun before a moment.
func (s *Store) AbortLeftovers(ctx context.Context, before time.Time) error {
	return s.abortLeftovers(ctx, before)
}

// SetAsideInSteps copies as SetAside does with an object of more than 5 GiB.
func (s *Store) SetAsideInSteps(ctx context.Context, id string, size, step int64) error {
	key, err := s.keyOf(id)
	if err != nil {
		return err
	}
	return s.copyInSteps(ctx, key, s.lostKey(id, time.Unix(0, 0)), size, step)
}

// BeginUpload makes a multipart upload without parts.
func (s *Store) BeginUpload(ctx context.Context, id string) error {
	blobID, err := newBlobID(id)
	if err != nil {
		return err
	}
	_, err = s.client.NewMultipartUpload(ctx, s.bucket, s.prefix+blobsFolder+blobID, s.checksum.ofUpload())
	return err
}
