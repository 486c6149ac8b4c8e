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

	// doubtful are blobs whose commit failed with an unknown outcome, and bytes that
	// could not be removed.
	doubtful

	mu sync.Mutex
	// live has the sessions that are open; guarded by mu.
	live map[UploadKey]*receiving
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
	// is nothing to resume, and Bare that it carries nothing of it. Size is how much
	// it carries, in bytes.
	Whole, Bare bool
	Size        int
	// Readable are the files that the uploader may read.
	Readable Readable

	// unknown tells that Check has found no upload of the key.
	unknown bool
}

// Check looks at an opening before it touches anything: its fields, and whether
// an upload of that name can go on with it. What an upload began with stays good
// when the tenant's policy changes.
func (u *Uploads) Check(ctx context.Context, opening *Opening) error {
	if err := CheckUploadID(opening.Key.UploadID); err != nil {
		return err
	}
	known, err := u.find(ctx, opening.Key)
	if errors.Is(err, ErrNotFound) {
		opening.unknown = true
		return u.checkNew(opening)
	}
	if err == nil {
		err = known.accepts(&opening.Header)
	}
	return failure(err)
}

// find returns an upload that is not only remembered.
func (u *Uploads) find(ctx context.Context, key UploadKey) (Upload, error) {
	known, err := u.catalog.FindUpload(ctx, key)
	if err == nil && known.Status.Over() {
		return Upload{}, ErrNotFound
	}
	return known, err
}

// checkNew looks at what matters for a new upload only.
func (u *Uploads) checkNew(opening *Opening) error {
	policy, header := u.limits.Policies.Of(opening.Key.Tenant), &opening.Header
	if err := header.check(policy.Types); err != nil {
		return err
	}
	if err := policy.checkHeader(header); err != nil {
		return err
	}
	now := time.Now()
	if err := policy.checkExpiry(header.FileExpiresAt, now, now); err != nil {
		return err
	}
	return u.limits.checkNewWork()
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
	s, err := u.begin(ctx, &opening)
	if err != nil {
		return nil, failure(err)
	}
	return s, nil
}

func (u *Uploads) begin(ctx context.Context, opening *Opening) (Session, error) {
	if opening.unknown {
		// Since then another stream may have come, which the catalog tells.
		s, err := u.create(ctx, opening)
		if !errors.Is(err, ErrExists) {
			return s, err
		}
	}
	known, err := u.find(ctx, opening.Key)
	if errors.Is(err, ErrNotFound) {
		return u.create(ctx, opening)
	}
	if err != nil {
		return nil, err
	}
	return u.goOn(ctx, &known, opening)
}

func (u *Uploads) create(ctx context.Context, opening *Opening) (Session, error) {
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
	if s, err := u.answer(ctx, opening, upload); !errors.Is(err, ErrNotFound) {
		return s, err
	}
	if !opening.Whole {
		if err := u.register(ctx, &upload); err != nil {
			return nil, err
		}
	}
	return u.open(ctx, opening, upload)
}

// goOn opens a session for an upload that the catalog knows.
func (u *Uploads) goOn(ctx context.Context, known *Upload, opening *Opening) (Session, error) {
	// A stream before this one may have changed what Check saw.
	if err := known.accepts(&opening.Header); err != nil {
		return nil, err
	}
	if known.Status.Finished() {
		return u.replay(known, &opening.Header)
	}
	now := time.Now()
	newest, err := u.catalog.ContinueUpload(ctx, known.UploadKey, now, now.Add(u.limits.UploadExpiry))
	if err != nil {
		return nil, endedElsewhere(err)
	}
	// Another replica may have begun it anew.
	if err := newest.accepts(&opening.Header); err != nil {
		return nil, err
	}
	if opening.Header.Checksum != "" && newest.Checksum != opening.Header.Checksum {
		newest.Checksum = opening.Header.Checksum
		if err := u.catalog.SaveCheckpoint(ctx, newest); err != nil {
			return nil, err
		}
	}
	opening.Whole = false // The catalog knows it.
	return u.open(ctx, opening, newest)
}

func (u *Uploads) replay(known *Upload, header *Header) (Session, error) {
	r := &replay{uploads: u, upload: *known}
	if header.Checksum == "" {
		return r, nil
	}
	return r, r.SetChecksum(header.Checksum)
}

// open opens the part of an upload at its checkpoint.
func (u *Uploads) open(ctx context.Context, opening *Opening, upload Upload) (Session, error) {
	hash, err := newHasher(upload.Checkpoint.HashState)
	if err != nil {
		return nil, err
	}
	part, err := u.openPart(ctx, opening, &upload)
	if err != nil {
		return nil, err
	}
	policy := u.limits.Policies.Of(upload.Tenant)
	s := &receiving{
		uploads: u, upload: upload, registered: !opening.Whole, part: part, hash: hash,
		beginning:  beginning{types: policy.Types, fileName: upload.FileName},
		duplicates: upload.Checkpoint.DuplicateBytes, checksum: upload.Checksum, reserved: upload.Reserved,
		readable: opening.Readable, policy: policy,
		checkpoints: checkpointer{
			catalog: u.catalog, part: part, expiry: u.limits.UploadExpiry, last: upload, begunAt: time.Now(),
		},
	}
	s.received.Store(upload.Checkpoint.Offset)
	s.checkpoints.durable.Store(&upload.Checkpoint)
	if err := s.beginning.resume(&upload.Checkpoint, part); err != nil {
		s.release()
		return nil, err
	}
	u.setLive(upload.UploadKey, s)
	return s, nil
}

func (u *Uploads) openPart(ctx context.Context, opening *Opening, upload *Upload) (Part, error) {
	from := &upload.Checkpoint
	switch {
	case opening.Whole && opening.Size <= maxHeld:
		return &heldPart{}, nil
	case from.Streams == 1:
		return u.store.Create(ctx, upload.FileID)
	}
	part, err := u.store.Resume(ctx, upload.FileID, from.Offset, from.PartProof)
	switch {
	case !errors.Is(err, ErrNotFound):
		return part, err
	case from.Offset == 0:
		return u.store.Create(ctx, upload.FileID)
	}
	lost := problem.Because(problem.ContentDamaged, err, "the storage has lost bytes of this upload; it begins anew with the next stream")
	return nil, errors.Join(lost, u.forget(ctx, upload))
}

// forget removes every trace of an upload that did not become a file, unless
// another stream has carried it on.
func (u *Uploads) forget(ctx context.Context, upload *Upload) error {
	gone, err := u.catalog.ForgetUpload(ctx, *upload)
	if err != nil || !gone {
		return err
	}
	return u.store.Discard(ctx, upload.FileID)
}

// leave deals with bytes whose commit failed. Of an upload that the catalog knows,
// the next stream takes them back. Of another, nobody will: they go, unless the
// commit may have happened all the same; then the janitor asks the catalog later.
func (u *Uploads) leave(ctx context.Context, s *receiving, cause error) error {
	if s.registered {
		return nil
	}
	_, over := errors.AsType[*QuotaError](cause)
	if over || errors.Is(cause, ErrNoSpace) || errors.Is(cause, ErrExists) {
		return failure(u.discard(context.WithoutCancel(ctx), s.upload.FileID, s.blobID))
	}
	if s.blobID == "" { // If it became a file, then with content that was there.
		return failure(u.store.Discard(context.WithoutCancel(ctx), s.upload.FileID))
	}
	u.note(s.blobID)
	return nil
}

// Abort gives an upload up. Its bytes are gone when Abort returns; the upload
// is remembered as aborted until it expires.
func (u *Uploads) Abort(ctx context.Context, key UploadKey) (Progress, error) {
	known, err := u.Find(ctx, key)
	if err != nil {
		return known, err
	}
	if known.Status.Finished() {
		return known, problem.New(problem.WorkEnded, "upload %s has become file %s; delete the file instead", problem.Echo(key.UploadID), known.FileID)
	}
	if known.Status.Over() {
		return known, problem.New(problem.WorkEnded, "upload %s is over: it is %s", problem.Echo(key.UploadID), known.Status)
	}
	if known.Status != Aborted {
		now := time.Now()
		if err := u.catalog.AbortUpload(ctx, key, now, now.Add(u.limits.UploadExpiry)); err != nil {
			return known, callFailure(err)
		}
	}
	// Also for one that was aborted before: its bytes may have stayed.
	if err := u.store.Discard(ctx, known.FileID); err != nil {
		return known, callFailure(err)
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
