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

// rememberEnded keeps what Publish needs of a part that is ended and synced.
func (s *Store) rememberEnded(id string, done completion) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended[id] = done
}

// hasEnded tells whether a part is ended and not published yet.
func (s *Store) hasEnded(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.ended[id]
	return ok
}

// endedSmall are the identifiers of parts that are in memory alone.
func (s *Store) endedSmall() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for id, done := range s.ended {
		if done.uploadID == "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// forgetEnded returns what was remembered, and false for nothing.
func (s *Store) forgetEnded(id string) (completion, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	done, ok := s.ended[id]
	delete(s.ended, id)
	return done, ok
}

// Publish completes the multipart upload, or puts a small file. It needs what
// this store remembers of the part: one that was ended by another process is
// resumed. After an error it may be published all the same, and Resume finds
// out.
func (s *Store) Publish(ctx context.Context, id string) error {
	key, err := s.keyOf(id)
	if err != nil {
		return err
	}
	done, ok := s.forgetEnded(id)
	switch {
	case !ok:
		return explain("publish", fmt.Errorf("no part of that name was ended: %w", core.ErrNotFound))
	case done.uploadID == "":
		err := s.putObject(ctx, key, done.content)
		s.buffers.put(done.content)
		return explain("publish", err)
	}
	return explain("publish", s.complete(ctx, key, done))
}

// complete completes, also when an earlier try has and its answer was lost.
func (s *Store) complete(ctx context.Context, key string, done completion) error {
	_, err := s.client.CompleteMultipartUpload(ctx, s.bucket, key, done.uploadID, done.parts, minio.PutObjectOptions{})
	if !isAbsent(err) {
		return err
	}
	object, statErr := s.stat(ctx, key)
	if statErr != nil {
		return errors.Join(err, statErr)
	}
	if object.Size != done.size {
		return fmt.Errorf("there is an object of %d bytes in place of %d: %w", object.Size, done.size, err)
	}
	return nil
}
