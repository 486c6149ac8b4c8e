package core

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"golang.org/x/time/rate"
)

const (
	// scrubBatch is how many contents are taken from the catalog at once.
	scrubBatch = 100
	// scrubChunk is how much is read at once in bytes, so that the rate is smooth.
	scrubChunk = 64 << 10
	// scrubSave is how long a verdict waits to be saved with others.
	scrubSave = time.Minute
	// scrubFailures is how many contents in a row can't be read until others are
	// tried, to tell a storage that is down.
	scrubFailures = 3
)

// ErrStorageDown says that a scrubber could not read several contents in a row, nor
// any other that it tried, so that it says nothing of any of them. Try again later.
var ErrStorageDown = errors.New("the storage can't be read")

// Scrubber reads contents back at a bounded rate and stores with their files what
// that has shown. What several scrubbers read is read several times, and nothing
// worse. Its methods are for one goroutine.
type Scrubber struct {
	catalog  Catalog
	store    Store
	interval time.Duration
	limiter  *rate.Limiter
	buffer   []byte
	// progress is told of every read.
	progress func(bytes int)
	// passed are the contents that wait.
	passed passed
}

// NewScrubber returns a scrubber that reads every content back once an interval,
// if bytesPerSecond, at least 1, allow it. Opening a content counts as much as
// reading 64 KiB of it. progress is told how many bytes each read brought.
func NewScrubber(catalog Catalog, store Store, interval time.Duration, bytesPerSecond int64, progress func(bytes int)) *Scrubber {
	chunk := int(min(scrubChunk, bytesPerSecond))
	return &Scrubber{
		catalog: catalog, store: store, interval: interval,
		limiter: rate.NewLimiter(rate.Limit(bytesPerSecond), chunk), buffer: make([]byte, chunk), progress: progress,
		passed: passed{},
	}
}

// Scrub reads back some of the contents whose time has come, those first that have
// waited longest, and returns what it has saved of that: nothing when there are
// none. After an error, with [ErrStorageDown] too, what was saved stays so.
//
// Content that a disk can't read is damaged when other content can be read. When
// it fails otherwise, it waits for an hour while the scrubber goes on with what is
// behind it, and is damaged with the third time.
func (s *Scrubber) Scrub(ctx context.Context) (Scrubbed, error) {
	now := time.Now()
	s.passed.clean(now)
	contents, err := s.catalog.LeastVerified(ctx, now.Add(-s.interval), scrubBatch+len(s.passed))
	if err != nil {
		return Scrubbed{}, err
	}
	b := scrubbing{scrubber: s, saved: now, seen: map[string]bool{}, patience: scrubFailures}
	for i := range contents {
		if s.passed.waits(contents[i].BlobID, now) {
			continue
		}
		if err := b.take(ctx, &contents[i]); err != nil {
			return b.done, err
		}
	}
	return b.done, b.end(ctx)
}

// Oldest returns since when the content waits that is read back next, zero when
// there is none or that is not known.
func (s *Scrubber) Oldest(ctx context.Context) (time.Time, error) {
	contents, err := s.catalog.LeastVerified(ctx, time.Now(), 1)
	if err != nil || len(contents) == 0 {
		return time.Time{}, err
	}
	next := &contents[0]
	file, err := s.catalog.FindContent(ctx, ContentQuery{Tenant: next.Tenant, Checksum: next.Checksum, Size: next.Size})
	switch {
	case errors.Is(err, ErrNotFound), err == nil && file.BlobID != next.BlobID:
		return time.Time{}, nil
	case err == nil && file.VerifiedAt.IsZero():
		return file.CreatedAt, nil
	}
	return file.VerifiedAt, err
}

// readBack is [ReadBack] at the scrubber's rate. It fails with the cause of ctx.
func (s *Scrubber) readBack(ctx context.Context, content *Content) (Verification, error) {
	err := s.limiter.WaitN(ctx, len(s.buffer))
	if err == nil {
		var v Verification
		v, err = ReadBack(ctx, s.store, content, func(sum hash.Hash, blob Blob) (int64, error) {
			return s.hash(ctx, sum, blob)
		})
		if ctx.Err() == nil {
			return v, err
		}
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return Verification{}, err
}

// hash is a [HashBlob]. The first chunk was waited for before the blob was opened.
func (s *Scrubber) hash(ctx context.Context, sum hash.Hash, blob Blob) (size int64, err error) {
	for size < blob.Size() {
		chunk := s.buffer[:min(int64(len(s.buffer)), blob.Size()-size)]
		if size > 0 {
			if err := s.limiter.WaitN(ctx, len(chunk)); err != nil {
				return size, err
			}
		}
		n, err := blob.ReadAt(chunk, size)
		sum.Write(chunk[:n])
		size += int64(n)
		s.progress(n)
		if errors.Is(err, io.EOF) {
			return size, nil
		}
		if err != nil {
			return size, fmt.Errorf("read back: %w", err)
		}
	}
	return size, nil
}
