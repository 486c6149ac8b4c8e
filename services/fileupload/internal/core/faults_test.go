package core_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var errInjected = errors.New("injected failure")

// fault is one step that fails: the nth of its kind.
type fault struct {
	kind string
	n    int
	// after says that the step takes effect and fails all the same.
	after bool
	// crash says that no step after it takes effect, and that what is not
	// synced is lost.
	crash bool
}

func (f fault) String() string {
	return fmt.Sprintf("%s %d, effect %t, crash %t", f.kind, f.n, f.after, f.crash)
}

// faults makes the steps of a store and a catalog fail. Safe for concurrent
// use.
type faults struct {
	fault fault

	mu     sync.Mutex
	counts map[string]int
	begun  *sync.Cond
	dead   bool
	parts  []*faultPart
}

func newFaults(of fault) *faults {
	f := &faults{fault: of, counts: map[string]int{}}
	f.begun = sync.NewCond(&f.mu)
	return f
}

// step does something that may fail.
func (f *faults) step(kind string, do func() error) error {
	before, after := f.begin(kind)
	if before {
		return fmt.Errorf("%s: %w", kind, errInjected)
	}
	err := do()
	if after {
		return errors.Join(err, fmt.Errorf("%s took effect: %w", kind, errInjected))
	}
	return err
}

// begin counts a step and tells whether it fails before or after its effect.
func (f *faults) begin(kind string) (before, after bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return true, false
	}
	f.counts[kind]++
	f.begun.Broadcast()
	if kind != f.fault.kind || f.counts[kind] != f.fault.n {
		return false, false
	}
	f.dead = f.fault.crash
	return !f.fault.after, f.fault.after
}

// await returns when so many steps of a kind have begun, or none ever will.
func (f *faults) await(kind string, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.counts[kind] < n && !f.dead {
		f.begun.Wait()
	}
}

// lose overwrites what is lost of the parts by now, wherever they are.
func (f *faults) lose(t *testing.T, dir string) {
	t.Helper()
	for _, part := range f.parts {
		to := part.lostTo
		if f.dead {
			to = part.size
		}
		blobs, err := filepath.Glob(filepath.Join(dir, "blobs", "*", part.id))
		require.NoError(t, err)
		for _, path := range append(blobs, filepath.Join(dir, "parts", part.id+".part")) {
			overwrite(t, path, part.synced, to)
		}
	}
}

// overwrite makes the bytes of a file from one offset to another zeros.
func overwrite(t *testing.T, path string, from, to int64) {
	t.Helper()
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	require.NoError(t, err)
	if to = min(to, info.Size()); from >= to {
		return
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteAt(make([]byte, to-from), from)
	require.NoError(t, errors.Join(err, file.Close()))
}

// faultStore is a store whose steps may fail.
type faultStore struct {
	core.Store
	faults *faults
}

func (s *faultStore) Create(ctx context.Context, id string) (part core.Part, err error) {
	err = s.faults.step("Create", func() (err error) {
		part, err = s.Store.Create(ctx, id)
		return err
	})
	return s.wrap(part, id, 0), err
}

func (s *faultStore) Put(ctx context.Context, id string, content [][]byte) (blobID string, err error) {
	err = s.faults.step("Put", func() (err error) {
		blobID, err = s.Store.Put(ctx, id, content)
		return err
	})
	return blobID, err
}

func (s *faultStore) Resume(ctx context.Context, id string, size int64, proof []byte) (part core.Part, err error) {
	err = s.faults.step("Resume", func() (err error) {
		part, err = s.Store.Resume(ctx, id, size, proof)
		return err
	})
	return s.wrap(part, id, size), err
}

func (s *faultStore) wrap(part core.Part, id string, size int64) core.Part {
	if part == nil {
		return nil
	}
	wrapped := &faultPart{Part: part, faults: s.faults, id: id, size: size, synced: size}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.parts = append(s.faults.parts, wrapped)
	return wrapped
}

func (s *faultStore) Publish(ctx context.Context, id string) (blobID string, err error) {
	err = s.faults.step("Publish", func() (err error) {
		blobID, err = s.Store.Publish(ctx, id)
		return err
	})
	return blobID, err
}

func (s *faultStore) Discard(ctx context.Context, id string) error {
	return s.faults.step("Discard", func() error { return s.Store.Discard(ctx, id) })
}

// faultPart is a part that loses what a failed Sync did not write, whatever a
// later Sync says.
type faultPart struct {
	core.Part
	faults *faults
	id     string

	mu sync.Mutex
	// size is what was appended, synced what no failure takes any more, and
	// lostTo the end of what a failed Sync lost; all are guarded by mu.
	size, synced, lostTo int64
}

func (p *faultPart) Append(segments [][]byte) error {
	return p.faults.step("Append", func() error {
		if err := p.Part.Append(segments); err != nil {
			return err
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, segment := range segments {
			p.size += int64(len(segment))
		}
		return nil
	})
}

func (p *faultPart) Sync() error {
	p.mu.Lock()
	size := p.size
	p.mu.Unlock()
	done := false
	err := p.faults.step("Sync", func() error {
		done = true
		return p.Part.Sync()
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !done:
		p.lostTo = max(p.lostTo, size)
	case p.lostTo == 0:
		p.synced = size
	}
	return err
}

// faultCatalog is a catalog whose changes may fail.
type faultCatalog struct {
	core.Catalog
	faults *faults
}

func (c *faultCatalog) CreateUpload(ctx context.Context, upload core.Upload, quota core.Quota) error {
	return c.faults.step("CreateUpload", func() error { return c.Catalog.CreateUpload(ctx, upload, quota) })
}

func (c *faultCatalog) ContinueUpload(
	ctx context.Context, key core.UploadKey, updatedAt, expiresAt time.Time,
) (upload core.Upload, err error) {
	err = c.faults.step("ContinueUpload", func() (err error) {
		upload, err = c.Catalog.ContinueUpload(ctx, key, updatedAt, expiresAt)
		return err
	})
	return upload, err
}

func (c *faultCatalog) Reserve(ctx context.Context, upload core.Upload, bytes int64, quota core.Quota) error {
	return c.faults.step("Reserve", func() error { return c.Catalog.Reserve(ctx, upload, bytes, quota) })
}

func (c *faultCatalog) SaveCheckpoint(ctx context.Context, upload core.Upload) error {
	return c.faults.step("SaveCheckpoint", func() error { return c.Catalog.SaveCheckpoint(ctx, upload) })
}

func (c *faultCatalog) CompleteUpload(ctx context.Context, completion core.Completion) (stored core.Completion, err error) {
	err = c.faults.step("CompleteUpload", func() (err error) {
		stored, err = c.Catalog.CompleteUpload(ctx, completion)
		return err
	})
	return stored, err
}

func (c *faultCatalog) FindContent(ctx context.Context, query core.ContentQuery) (file core.File, err error) {
	err = c.faults.step("FindContent", func() (err error) {
		file, err = c.Catalog.FindContent(ctx, query)
		return err
	})
	return file, err
}

func (c *faultCatalog) ForgetUpload(ctx context.Context, upload core.Upload) (gone bool, err error) {
	err = c.faults.step("ForgetUpload", func() (err error) {
		gone, err = c.Catalog.ForgetUpload(ctx, upload)
		return err
	})
	return gone, err
}

// everyFault is each step that counts has, failing in every way. With the race
// detector, which is no better at finding what is lost, it is every fourth.
func everyFault(counts map[string]int) []fault {
	var all []fault
	for kind, count := range counts {
		for n := range count {
			for _, way := range [][2]bool{{false, false}, {true, false}, {false, true}, {true, true}} {
				all = append(all, fault{kind: kind, n: n + 1, after: way[0], crash: way[1]})
			}
		}
	}
	slices.SortFunc(all, func(a, b fault) int { return slices.Compare([]string{a.String()}, []string{b.String()}) })
	if !testkit.RaceEnabled {
		return all
	}
	var some []fault
	for i := rand.IntN(4); i < len(all); i += 4 {
		some = append(some, all[i])
	}
	return some
}
