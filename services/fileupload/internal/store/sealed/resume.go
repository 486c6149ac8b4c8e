package sealed

import (
	"context"
	"errors"
	"fmt"

	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/libs/seal/sealfile"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// Resume opens the part in its form. A sealed one is resumed at a multiple of
// the segment size; one whose header is damaged has lost its bytes, and is not
// found.
func (s *Store) Resume(ctx context.Context, id string, size int64, proof []byte) (core.Part, error) {
	name, err := sealedID(id)
	if err != nil {
		return nil, err
	}
	if size%int64(s.segmentSize) != 0 {
		return s.inner.Resume(ctx, id, size, proof) // Only a plain part was ever durable up to here.
	}
	part, err := s.resumeSealed(ctx, name, size, proof)
	if errors.Is(err, errNoPart) {
		return s.inner.Resume(ctx, id, size, proof)
	}
	return part, err
}

// errNoPart says that the inner store has no such part, or one with too few
// bytes.
var errNoPart = errors.New("no sealed part")

func (s *Store) resumeSealed(ctx context.Context, name string, size int64, proof []byte) (core.Part, error) {
	if size == 0 {
		return s.restart(ctx, name)
	}
	inner, err := s.inner.Resume(ctx, name, sealfile.SealedOffset(size, s.segmentSize), proof)
	if errors.Is(err, core.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", errNoPart, err)
	}
	if err != nil {
		return nil, err
	}
	segments, err := s.load(ctx, inner)
	if err != nil {
		return nil, errors.Join(err, inner.Close())
	}
	p := newPart(inner, segments, nil)
	p.whole = size / int64(s.segmentSize)
	return p, nil
}

// restart begins the part anew, with a new data key.
func (s *Store) restart(ctx context.Context, name string) (core.Part, error) {
	inner, err := s.inner.Resume(ctx, name, 0, nil)
	if errors.Is(err, core.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", errNoPart, err)
	}
	if err != nil {
		return nil, err
	}
	segments, header, err := sealfile.New(ctx, s.keys, s.segmentSize)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("sealed: resume part: %w", err), inner.Close())
	}
	return newPart(inner, segments, header), nil
}

func (s *Store) load(ctx context.Context, inner core.Part) (*sealfile.Segments, error) {
	segments, err := sealfile.Load(ctx, s.keys, inner)
	switch {
	case errors.Is(err, seal.ErrDamaged):
		return nil, fmt.Errorf("sealed: resume part: %w: %w", core.ErrNotFound, err)
	case err != nil:
		return nil, fmt.Errorf("sealed: resume part: %w", err)
	case segments.Size() != s.segmentSize:
		return nil, fmt.Errorf("sealed: resume part: %w: it has segments of %d bytes instead of %d", core.ErrNotFound, segments.Size(), s.segmentSize)
	}
	return segments, nil
}
