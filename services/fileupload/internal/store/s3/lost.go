package s3

import (
	"context"
	"fmt"
	"time"

	"github.com/minio/minio-go/v7"
)

const (
	// maxCopy is the largest object that one request copies.
	maxCopy = 5 << 30
	// leftoverAge is how old a multipart upload that is left over must be, since
	// the server tells times by the second.
	leftoverAge = 24 * time.Hour
)

// SetAside copies a blob below lost and removes it, or every blob of an upload.
// When the removal fails it is in both places, and moved is false unless another
// was moved.
func (s *Store) SetAside(ctx context.Context, id string) (moved bool, err error) {
	blobIDs, err := s.blobsOf(ctx, id)
	if err != nil {
		return false, explain("set blob aside", err)
	}
	for _, blobID := range blobIDs {
		one, err := s.setOneAside(ctx, blobID)
		moved = moved || one
		if err != nil {
			return moved, explain("set blob aside", err)
		}
	}
	return moved, nil
}

func (s *Store) setOneAside(ctx context.Context, blobID string) (moved bool, err error) {
	key := s.prefix + blobsFolder + blobID
	object, err := s.stat(ctx, key)
	if isAbsent(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := s.copyObject(ctx, key, s.lostKey(blobID, time.Now()), object.Size); err != nil {
		return false, err
	}
	err = s.remove(ctx, key)
	return err == nil, err
}

// copyObject makes the server copy an object.
func (s *Store) copyObject(ctx context.Context, from, to string, size int64) error {
	if size > maxCopy {
		return s.copyInSteps(ctx, from, to, size, copyStep)
	}
	_, err := s.client.CopyObject(ctx, s.bucket, from, s.bucket, to, nil, minio.CopySrcOptions{}, minio.PutObjectOptions{})
	if err != nil {
		return err
	}
	return s.checkCopy(ctx, to, size)
}

// copyInSteps copies so many bytes by a request.
func (s *Store) copyInSteps(ctx context.Context, from, to string, size, step int64) error {
	uploadID, parts, err := s.copyParts(ctx, from, to, size, step)
	if err != nil {
		return err
	}
	if err := s.complete(ctx, to, &completion{uploadID: uploadID, parts: parts, size: size}); err != nil {
		return err
	}
	return s.checkCopy(ctx, to, size)
}

// checkCopy looks whether a copy is whole, since S3 may answer 200 and tell of
// an error in the body, and the original is removed next.
func (s *Store) checkCopy(ctx context.Context, key string, size int64) error {
	object, err := s.stat(ctx, key)
	if err != nil {
		return fmt.Errorf("look at the copy: %w", err)
	}
	if object.Size != size {
		return fmt.Errorf("the copy has %d of %d bytes: the blob stays", object.Size, size)
	}
	return nil
}

// PurgeSetAside removes what was set aside at an earlier time. It also aborts
// multipart uploads of more than a day that are left over beside their object.
func (s *Store) PurgeSetAside(ctx context.Context, before time.Time) (removed int, err error) {
	for object, err := range s.objects(ctx, s.prefix+lostFolder) {
		if err != nil {
			return removed, explain("purge what was set aside", err)
		}
		since, ok := s.lostSince(object.Key)
		if !ok || !since.Before(before) {
			continue
		}
		if err := s.remove(ctx, object.Key); err != nil {
			return removed, explain("purge what was set aside", err)
		}
		removed++
	}
	return removed, explain("abort what was left over", s.abortLeftovers(ctx, time.Now().Add(-leftoverAge)))
}

func (s *Store) abortLeftovers(ctx context.Context, before time.Time) error {
	for upload, err := range s.uploads(ctx, s.prefix+blobsFolder) {
		if err != nil {
			return err
		}
		if _, ok := s.blobIDOf(upload.Key); !ok || !upload.Initiated.Before(before) {
			continue
		}
		leftOver, err := s.isLeftOver(ctx, upload)
		if err == nil && leftOver {
			err = s.abort(ctx, upload.Key, upload.UploadID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
