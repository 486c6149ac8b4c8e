// Package sealed encrypts what another store keeps. It is a decorator: what the
// other store does with bytes, it does with sealed ones.
//
// A part or blob that was begun with a key is stored under its identifier with
// "-sealed" behind it, in the form of package sealfile; one from before has its
// plain identifier, stays plain and is read as it is. So the name tells what is
// encrypted, and no content can pass for sealed. An upload that began plain ends
// plain.
//
// A part is sealed in whole segments. What is behind the last whole segment is
// in memory only, at most 64 KiB, until the part ends: an upload is resumed at a
// multiple of the segment size.
package sealed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/libs/seal/sealfile"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// suffix of the identifiers under which sealed content is stored.
const suffix = "-sealed"

// Store is a [core.Store] that seals what is new. Identifiers must not end with
// "-sealed".
type Store struct {
	inner core.Store
	keys  *seal.Keys
	// segmentSize of new parts, and of those that are resumed.
	segmentSize int
	stored      *prometheus.CounterVec
}

var _ core.Store = (*Store)(nil)

// New returns a store that seals what it gives to inner. The caller closes
// inner.
func New(inner core.Store, keys *seal.Keys) *Store {
	return &Store{inner: inner, keys: keys, segmentSize: sealfile.SegmentSize, stored: newStored()}
}

// sealedID is the identifier in the inner store.
func sealedID(id string) (string, error) {
	if id == "" || strings.HasSuffix(id, suffix) {
		return "", fmt.Errorf("sealed: invalid identifier %q: it is empty or ends with %q", id, suffix)
	}
	return id + suffix, nil
}

// Create begins a sealed part with a data key of its own. A plain part or blob
// of this identifier, of an upload that has to begin anew, goes first.
func (s *Store) Create(ctx context.Context, id string) (core.Part, error) {
	name, err := sealedID(id)
	if err != nil {
		return nil, err
	}
	segments, header, err := sealfile.New(ctx, s.keys, s.segmentSize)
	if err != nil {
		return nil, fmt.Errorf("sealed: create part: %w", err)
	}
	if err := s.inner.Discard(ctx, id); err != nil {
		return nil, err
	}
	inner, err := s.inner.Create(ctx, name)
	if err != nil {
		return nil, err
	}
	return newPart(inner, segments, header), nil
}

// Put brings the content in as a sealed part and publishes that. It is no Put of the
// inner store, which may keep many contents in one file: the data keys are wrapped
// anew in files that end with "-sealed" and nowhere else.
func (s *Store) Put(ctx context.Context, id string, content [][]byte) (blobID string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	return core.PutAsPart(ctx, s, id, content)
}

// Publish publishes the part in its form. The inner store has to keep its
// identifier.
func (s *Store) Publish(ctx context.Context, id string) (blobID string, err error) {
	name, err := sealedID(id)
	if err != nil {
		return "", err
	}
	if _, err := s.inner.Publish(ctx, name); !errors.Is(err, core.ErrNotFound) {
		return id, s.count("sealed", err)
	}
	_, err = s.inner.Publish(ctx, id)
	return id, s.count("plain", err)
}

// Discard removes the part or blob in either form.
func (s *Store) Discard(ctx context.Context, id string) error {
	name, err := sealedID(id)
	if err != nil {
		return err
	}
	return errors.Join(s.inner.Discard(ctx, name), s.inner.Discard(ctx, id))
}

// DiscardPart removes the part in either form.
func (s *Store) DiscardPart(ctx context.Context, id string) error {
	name, err := sealedID(id)
	if err != nil {
		return err
	}
	return errors.Join(s.inner.DiscardPart(ctx, name), s.inner.DiscardPart(ctx, id))
}

// SetAside sets the blob aside in either form. What is set aside stays as it
// is, so that the key is needed to read what is brought back.
func (s *Store) SetAside(ctx context.Context, id string) (moved bool, err error) {
	name, err := sealedID(id)
	if err != nil {
		return false, err
	}
	movedSealed, err := s.inner.SetAside(ctx, name)
	if err != nil {
		return movedSealed, err
	}
	moved, err = s.inner.SetAside(ctx, id)
	return moved || movedSealed, err
}

// PurgeSetAside removes what was set aside before a moment.
func (s *Store) PurgeSetAside(ctx context.Context, before time.Time) (removed int, err error) {
	return s.inner.PurgeSetAside(ctx, before)
}
