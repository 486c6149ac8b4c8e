package fileupload

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// What a client has its receipt for is never lost, whatever catalog is put back.
func TestAnOlderCatalogCostsNothing(t *testing.T) {
	dir := t.TempDir()
	catalog := filepath.Join(dir, "catalog.db")
	d := open(t, dir)
	old, going := acknowledge(t, d, "old"), begin(t, d, "going")
	require.NoError(t, d.close())
	copyFile(t, catalog, catalog+".older")
	d = open(t, dir)
	newer := acknowledge(t, d, "newer")
	complete(t, d, "going", going)
	require.NoError(t, d.close())
	copyFile(t, catalog, catalog+".newest")

	copyFile(t, catalog+".older", catalog)
	d = open(t, dir)
	j, warnings := testJanitor(t, d)
	require.NoError(t, j.prepare(t.Context()))
	j.sweep(t.Context())
	require.Empty(t, lost(t, dir), "one look moves nothing")
	j.pass(t.Context(), time.Now())
	require.Equal(t, []string{newer}, lost(t, dir))
	require.Equal(t, 1, warnings.FilterField(zap.Int("blobs", 1)).Len())
	j.pass(t.Context(), time.Now().Add(48*time.Hour)) // "going" looks abandoned by then.
	requireFile(t, d, old)
	require.ElementsMatch(t, []string{newer, going}, lost(t, dir))
	require.NoError(t, d.close())

	copyFile(t, catalog+".newest", catalog)
	bringBack(t, dir)
	d = open(t, dir)
	for _, id := range []string{old, newer, going} {
		requireFile(t, d, id)
	}
	require.NoError(t, d.close())
}

func TestWhatWasSetAsideGoesAfterLostExpiry(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	kept, orphan := acknowledge(t, d, "kept"), newID()
	fillPart(t, d, orphan, "content")
	require.NoError(t, testkit.ErrorOf(d.store.Publish(t.Context(), orphan)))
	j, _ := testJanitor(t, d)
	j.sweep(t.Context())
	j.pass(t.Context(), time.Now().Add(j.lostExpiry-time.Minute))
	require.Equal(t, []string{orphan}, lost(t, dir))
	j.pass(t.Context(), time.Now().Add(j.lostExpiry+time.Minute))
	require.Empty(t, lost(t, dir))
	requireFile(t, d, kept)
	require.NoError(t, d.close())
}

func testJanitor(t *testing.T, d *data) (*janitor, *observer.ObservedLogs) {
	t.Helper()
	observed, logs := observer.New(zap.WarnLevel)
	cfg := DefaultConfig()
	uploads := core.NewUploads(d.catalog, d.store, limitsOf(t, cfg))
	j, err := newJanitor(cfg, d, uploads.TakeDoubtful, ingest.NewRegistry(nil), zap.New(observed))
	require.NoError(t, err)
	require.Equal(t, cfg.JanitorInterval, j.Patience)
	j.Patience = 0 // No sweep runs beside the tests' deletions.
	return j, logs
}

// acknowledge takes a file in, as far as its receipt, and returns its
// identifier.
func acknowledge(t *testing.T, d *data, uploadID string) string {
	t.Helper()
	id := begin(t, d, uploadID)
	complete(t, d, uploadID, id)
	return id
}

// begin takes an upload in whose bytes are all there, and returns the
// identifier of its file.
func begin(t *testing.T, d *data, uploadID string) string {
	t.Helper()
	id := newID()
	fillPart(t, d, id, "content of "+id)
	require.NoError(t, d.catalog.CreateUpload(t.Context(), uploadOf(uploadID, id), core.Quota{}))
	return id
}

func complete(t *testing.T, d *data, uploadID, id string) {
	t.Helper()
	file := fileOf(id)
	var err error
	file.BlobID, err = d.store.Publish(t.Context(), id)
	require.NoError(t, err)
	upload := uploadOf(uploadID, id)
	upload.Status, upload.Receipt = core.Available, &core.Receipt{FileID: id}
	_, err = d.catalog.CompleteUpload(t.Context(), core.Completion{Upload: upload, Registered: true, Begun: id, Own: true, File: file})
	require.NoError(t, err)
}

func fileOf(id string) core.File {
	content := "content of " + id
	sum := sha256.Sum256([]byte(content))
	return core.File{
		ID: id, BlobID: id, Tenant: "acme", Owner: "ann", Status: core.FileAvailable,
		Size: int64(len(content)), Checksum: hex.EncodeToString(sum[:]),
		CreatedAt: time.Now(), UpdatedAt: time.Now(),
	}
}

func uploadOf(uploadID, id string) core.Upload {
	now := time.Now()
	return core.Upload{
		UploadKey: core.UploadKey{Tenant: "acme", Subject: "ann", UploadID: uploadID},
		FileID:    id, Status: core.Receiving, Checkpoint: core.Checkpoint{Streams: 1}, CreatedAt: now, UpdatedAt: now, ExpiresAt: now.Add(24 * time.Hour),
	}
}

func fillPart(t *testing.T, d *data, id, content string) {
	t.Helper()
	part, err := d.store.Create(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, part.Append([][]byte{[]byte(content)}))
	require.NoError(t, part.Sync())
	require.NoError(t, part.Close())
}

// requireFile checks that a file that was acknowledged is known and whole.
func requireFile(t *testing.T, d *data, id string) {
	t.Helper()
	file, err := d.catalog.FindFile(t.Context(), "acme", id)
	require.NoError(t, err)
	blob, err := d.store.Open(t.Context(), file.BlobID)
	require.NoError(t, err)
	content, err := io.ReadAll(io.NewSectionReader(blob, 0, blob.Size()))
	require.NoError(t, err)
	require.NoError(t, blob.Close())
	require.Equal(t, "content of "+id, string(content))
}

// lost returns the identifiers of what was set aside.
func lost(t *testing.T, dir string) (ids []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, "lost"))
	require.NoError(t, err)
	for _, entry := range entries {
		ids = append(ids, strings.Split(entry.Name(), ".")[2])
	}
	return ids
}

// bringBack does by hand what the store's documentation says.
func bringBack(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, "lost"))
	require.NoError(t, err)
	for _, entry := range entries {
		name := strings.Split(entry.Name(), ".")
		require.NoError(t, os.Rename(filepath.Join(dir, "lost", entry.Name()), filepath.Join(dir, "blobs", name[1], name[2])))
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, content, 0o600))
}

func limitsOf(t *testing.T, cfg Config) core.Limits {
	t.Helper()
	limits, err := cfg.limits(nil, core.Scans{})
	require.NoError(t, err)
	return limits
}

// sweptStore tells when it is gone through.
type sweptStore struct {
	core.Store

	swept chan time.Time
	// stuck keeps whoever goes through the parts until ctx is done.
	stuck bool
}

func (s *sweptStore) Blobs(ctx context.Context) iter.Seq2[string, error] {
	if ctx.Err() == nil {
		s.swept <- time.Now()
	}
	return func(func(string, error) bool) {}
}

func (s *sweptStore) Parts(ctx context.Context) iter.Seq2[string, error] {
	if s.stuck {
		<-ctx.Done()
	}
	return func(yield func(string, error) bool) { yield("", ctx.Err()) }
}

func (s *sweptStore) PurgeSetAside(context.Context, time.Time) (int, error) { return 0, nil }

// idleCatalog counts how often it is asked what has expired.
type idleCatalog struct {
	core.Catalog

	asked int
}

func (c *idleCatalog) ExpiredUploads(context.Context, core.ExpiredQuery) ([]core.Upload, error) {
	c.asked++
	return nil, nil
}

func (c *idleCatalog) ExpiredFiles(context.Context, core.ExpiredQuery) ([]core.File, error) {
	return nil, nil
}

// A store that replicas share is gone through again and again: what one of them
// leaves behind, no start of another may come to find.
func TestASharedStoreIsSweptAtIntervals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &sweptStore{swept: make(chan time.Time)}
		j := idleJanitor(store, &idleCatalog{})
		j.Grace = sharedGrace
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { j.run(ctx); close(ended) }()
		last := <-store.swept
		var gaps []time.Duration
		for range 20 {
			at := <-store.swept
			gaps, last = append(gaps, at.Sub(last)), at
		}
		cancel()
		<-ended
		require.GreaterOrEqual(t, slices.Min(gaps), sharedSweep)
		require.Less(t, slices.Max(gaps), sharedSweep+sharedSweep/4)
		require.Greater(t, slices.Max(gaps)-slices.Min(gaps), time.Hour, "replicas that start at once spread")
	})
}

func TestAStoreOfOneProcessIsSweptAtItsStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &sweptStore{swept: make(chan time.Time, 10)}
		ctx, cancel := context.WithTimeout(t.Context(), 100*sharedSweep)
		defer cancel()
		idleJanitor(store, &idleCatalog{}).run(ctx)
		require.Len(t, store.swept, 1)
	})
}

// A store of many millions takes hours to go through.
func TestWhatHasExpiredDoesNotWaitForASweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &sweptStore{swept: make(chan time.Time, 10), stuck: true}
		catalog := &idleCatalog{}
		j := idleJanitor(store, catalog)
		j.Grace = sharedGrace
		ctx, cancel := context.WithTimeout(t.Context(), 4*sharedSweep+time.Second)
		defer cancel()
		j.run(ctx)
		require.Len(t, store.swept, 1, "the next is stuck at the parts")
		require.Equal(t, int(4*sharedSweep/j.interval), catalog.asked)
	})
}

func idleJanitor(store core.Store, catalog core.Catalog) *janitor {
	return &janitor{Janitor: core.Janitor{Catalog: catalog, Store: store}, interval: time.Minute, log: zap.NewNop()}
}

// A replica finds the parts that another has left, and only those that are old.
func TestASweepFindsWhatAnotherReplicaLeft(t *testing.T) {
	d := open(t, t.TempDir())
	defer func() { require.NoError(t, d.close()) }()
	j, _ := testJanitor(t, d)
	require.Zero(t, j.Grace, "a data folder is this process's alone")
	j.Grace = sharedGrace
	require.NoError(t, j.prepare(t.Context()))
	left, young := idMadeAt(time.Now().Add(-2*time.Hour)), newID()
	fillPart(t, d, left, "of another replica")
	fillPart(t, d, young, "young")
	j.sweepParts(t.Context())
	require.Equal(t, []string{young}, partsOf(t, d))
}

// idMadeAt is an identifier that was made at a moment.
func idMadeAt(moment time.Time) string {
	id := uuid.Must(uuid.NewV7())
	for i, ms := 0, moment.UnixMilli(); i < 6; i++ {
		id[i] = byte(ms >> (40 - 8*i))
	}
	return id.String()
}

func partsOf(t *testing.T, d *data) (ids []string) {
	t.Helper()
	for id, err := range d.store.Parts(t.Context()) {
		require.NoError(t, err)
		ids = append(ids, id)
	}
	return ids
}
