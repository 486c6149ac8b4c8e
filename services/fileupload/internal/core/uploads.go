package core

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// Uploads brings files in. Safe for concurrent use, under one condition that
// its caller keeps: an upload has one [Session] at a time, and Abort is not
// called beside it.
type Uploads struct {
	catalog Catalog
	store   Store
	limits  Limits

	mu sync.Mutex
	// live has the sessions that are open, and doubtful the blobs whose commit
	// failed with an unknown outcome; both are guarded by mu.
	live     map[UploadKey]*receiving
	doubtful []string
}

// NewUploads returns uploads over a catalog and a store.
func NewUploads(catalog Catalog, store Store, limits Limits) *Uploads {
	return &Uploads{catalog: catalog, store: store, limits: limits, live: map[UploadKey]*receiving{}}
}

// Opening is what a stream's first message says of its upload.
type Opening struct {
	Key    UploadKey
	Header Header
	// Whole tells that the first message carries the whole file, so that there
	// is nothing to resume.
	Whole bool
}

// Check looks at an opening before it touches anything: its fields, and whether
// an upload of that name can go on with it.
func (u *Uploads) Check(ctx context.Context, opening *Opening) error {
	if err := CheckUploadID(opening.Key.UploadID); err != nil {
		return err
	}
	if err := opening.Header.check(u.limits.Types); err != nil {
		return err
	}
	if err := u.limits.checkDeclared(opening.Header.TotalSize); err != nil {
		return err
	}
	known, err := u.catalog.FindUpload(ctx, opening.Key)
	if errors.Is(err, ErrNotFound) {
		return u.limits.checkNewWork()
	}
	if err == nil {
		err = known.accepts(&opening.Header)
	}
	return failure(err)
}

// accepts tells whether the upload can go on with a header.
func (u *Upload) accepts(header *Header) error {
	if u.Status == Aborted {
		return problem.New(problem.WorkEnded, "upload %s was aborted; begin another with a new upload_id", problem.Echo(u.UploadID))
	}
	if field := header.changedField(&u.Header); field != "" {
		return workChanged(field, u.UploadID)
	}
	return nil
}

// Begin opens a session for an opening that has passed [Uploads.Check]: a new
// upload, one to go on with, or one that has finished. The caller closes it.
func (u *Uploads) Begin(ctx context.Context, opening Opening) (Session, error) {
	known, err := u.catalog.FindUpload(ctx, opening.Key)
	var s Session
	switch {
	case errors.Is(err, ErrNotFound):
		s, err = u.create(ctx, opening)
	case err == nil:
		s, err = u.goOn(ctx, known, &opening.Header)
	}
	if err != nil {
		return nil, failure(err)
	}
	return s, nil
}

func (u *Uploads) create(ctx context.Context, opening Opening) (Session, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make a file identifier: %w", err)
	}
	now := time.Now()
	upload := Upload{
		UploadKey: opening.Key, Header: opening.Header, FileID: id.String(),
		Status: Receiving, Checkpoint: Checkpoint{Streams: 1}, CreatedAt: now,
	}
	upload.touch(now, u.limits.UploadExpiry)
	if !opening.Whole {
		if err := u.register(ctx, &upload); err != nil {
			return nil, err
		}
	}
	return u.open(ctx, upload, !opening.Whole)
}

// goOn opens a session for an upload that the catalog knows.
func (u *Uploads) goOn(ctx context.Context, known Upload, header *Header) (Session, error) {
	// A stream before this one may have changed what Check saw.
	if err := known.accepts(header); err != nil {
		return nil, err
	}
	if known.Status == Available {
		return u.replay(known, header)
	}
	if header.Checksum != "" {
		known.Checksum = header.Checksum
	}
	known.Checkpoint.Streams++
	known.touch(time.Now(), u.limits.UploadExpiry)
	if err := u.catalog.SaveCheckpoint(ctx, known); err != nil {
		return nil, err
	}
	return u.open(ctx, known, true)
}

func (u *Uploads) replay(known Upload, header *Header) (Session, error) {
	r := &replay{uploads: u, upload: known}
	if header.Checksum == "" {
		return r, nil
	}
	return r, r.SetChecksum(header.Checksum)
}

// open opens the part of an upload at its checkpoint.
func (u *Uploads) open(ctx context.Context, upload Upload, registered bool) (Session, error) {
	hash, err := newHasher(upload.Checkpoint.HashState)
	if err != nil {
		return nil, err
	}
	part, err := u.openPart(ctx, &upload)
	if err != nil {
		return nil, err
	}
	s := &receiving{
		uploads: u, upload: upload, registered: registered, part: part, hash: hash,
		duplicates: upload.Checkpoint.DuplicateBytes, checksum: upload.Checksum, reserved: upload.Reserved,
		checkpoints: checkpointer{
			catalog: u.catalog, part: part, expiry: u.limits.UploadExpiry, last: upload,
		},
	}
	s.received.Store(upload.Checkpoint.Offset)
	s.checkpoints.durable.Store(&upload.Checkpoint)
	if err := s.readHead(upload.Checkpoint.Offset); err != nil {
		s.release()
		return nil, err
	}
	u.setLive(upload.UploadKey, s)
	return s, nil
}

func (u *Uploads) openPart(ctx context.Context, upload *Upload) (Part, error) {
	offset := upload.Checkpoint.Offset
	if offset == 0 {
		part, err := u.store.Create(ctx, upload.FileID)
		if !errors.Is(err, ErrExists) {
			return part, err
		}
	}
	part, err := u.store.Resume(ctx, upload.FileID, offset)
	if errors.Is(err, ErrNotFound) {
		lost := problem.Because(problem.ContentDamaged, err, "the storage has lost bytes of this upload; it begins anew with the next stream")
		return nil, errors.Join(lost, u.forget(ctx, upload))
	}
	return part, err
}

// forget removes every trace of an upload that did not become a file.
func (u *Uploads) forget(ctx context.Context, upload *Upload) error {
	if err := u.catalog.DeleteUpload(ctx, upload.UploadKey); err != nil {
		return err
	}
	return u.store.Discard(ctx, upload.FileID)
}

// leave deals with bytes that were published and not committed. Of an upload
// that the catalog knows, the next stream takes them back. Of another, nobody
// will: they go, unless the commit may have happened all the same; then the
// janitor asks the catalog later.
func (u *Uploads) leave(ctx context.Context, s *receiving, cause error) error {
	if s.registered {
		return nil
	}
	if _, over := errors.AsType[*QuotaError](cause); over || errors.Is(cause, ErrNoSpace) {
		return failure(u.store.Discard(context.WithoutCancel(ctx), s.upload.FileID))
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.doubtful = append(u.doubtful, s.upload.FileID)
	return nil
}

// TakeDoubtful returns the identifiers of blobs that may or may not be files,
// and forgets them.
func (u *Uploads) TakeDoubtful() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	taken := u.doubtful
	u.doubtful = nil
	return taken
}

// Abort gives an upload up. Its bytes are gone when Abort returns; the upload
// is remembered as aborted until it expires.
func (u *Uploads) Abort(ctx context.Context, key UploadKey) (Progress, error) {
	known, err := u.Find(ctx, key)
	if err != nil {
		return known, err
	}
	if known.Status == Available {
		return known, problem.New(problem.WorkEnded, "upload %s has become file %s; delete the file instead", problem.Echo(key.UploadID), known.FileID)
	}
	if known.Status == Receiving {
		now := time.Now()
		if err := u.catalog.AbortUpload(ctx, key, now, now.Add(u.limits.UploadExpiry)); err != nil {
			return known, failure(err)
		}
	}
	// Also for one that was aborted before: its bytes may have stayed.
	if err := u.store.Discard(ctx, known.FileID); err != nil {
		return known, failure(err)
	}
	return u.Find(ctx, key)
}

func (u *Uploads) setLive(key UploadKey, s *receiving) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if s == nil {
		delete(u.live, key)
	} else {
		u.live[key] = s
	}
}

func (u *Uploads) liveSession(key UploadKey) *receiving {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.live[key]
}
