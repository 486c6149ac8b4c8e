package s3

import (
	"context"
	"errors"
	"fmt"

	"github.com/minio/minio-go/v7"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// completion is what completing a multipart upload takes, or else the content of
// a file that is too small for one.
type completion struct {
	uploadID string
	parts    []minio.CompletePart
	size     int64
	content  []byte
}

// Publish completes the multipart upload, or puts a small file, of the newest part
// that this store has of the upload. One that was ended by another process is
// resumed. After an error it may be published all the same, and Resume finds out.
func (s *Store) Publish(ctx context.Context, id string) (blobID string, err error) {
	if _, err := s.keyOf(id); err != nil {
		return "", err
	}
	ended, ok := s.sessions.take(id)
	if !ok {
		return "", explain("publish", fmt.Errorf("no part of that name was ended: %w", core.ErrNotFound))
	}
	if err := s.publish(ctx, s.prefix+blobsFolder+ended.blobID, ended.done); err != nil {
		return "", explain("publish", err)
	}
	return ended.blobID, nil
}

func (s *Store) publish(ctx context.Context, key string, done *completion) error {
	if done.uploadID == "" {
		defer s.buffers.put(done.content)
		return s.putObject(ctx, key, done.content)
	}
	return s.complete(ctx, key, done)
}

// complete completes, also when an earlier try has and its answer was lost. It looks
// at the object whatever the server answers: some say that it is done while they are
// still at it, and those may end before it is.
func (s *Store) complete(ctx context.Context, key string, done *completion) error {
	_, err := s.client.CompleteMultipartUpload(ctx, s.bucket, key, done.uploadID, done.parts, minio.PutObjectOptions{})
	if err != nil && !isAbsent(err) {
		return err
	}
	var object minio.ObjectInfo
	statErr := s.untilThere(ctx, func() (err error) {
		object, err = s.stat(ctx, key)
		return err
	})
	switch {
	case statErr != nil && err == nil:
		return statErr
	case statErr != nil:
		return errors.Join(err, statErr)
	}
	if object.Size != done.size {
		return errors.Join(err, fmt.Errorf("there is an object of %d bytes in place of %d", object.Size, done.size))
	}
	return nil
}
