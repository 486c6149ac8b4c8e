package core

import (
	"context"
	"errors"
)

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
	case errors.Is(err, ErrFenced) || errors.Is(cause, ErrFenced):
		// The upload is another stream's now, and so are its bytes.
	case !s.registered:
		err = errors.Join(err, s.uploads.discard(ctx, s.upload.FileID, s.blobID))
	case EndsUpload(cause):
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
	// The newest checkpoint may have been saved although it failed. A store that
	// wants its proof finds nothing, and has no room to give back.
	part, err := s.uploads.store.Resume(ctx, s.upload.FileID, s.checkpoints.last.Checkpoint.Offset, nil)
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
