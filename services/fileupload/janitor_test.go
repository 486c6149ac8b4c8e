package fileupload

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/sluice-ingest/sluice/libs/ingest"
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
	require.NoError(t, d.store.Publish(t.Context(), orphan))
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
	j, err := newJanitor(cfg, d, uploads, ingest.NewRegistry(nil), zap.New(observed))
	require.NoError(t, err)
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
	require.NoError(t, d.store.Publish(t.Context(), id))
	upload := uploadOf(uploadID, id)
	upload.Status, upload.Receipt = core.Available, &core.Receipt{FileID: id}
	_, err := d.catalog.CompleteUpload(t.Context(), core.Completion{Upload: upload, Registered: true, Own: true, File: fileOf(id)})
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
	_, err := d.catalog.FindFile(t.Context(), "acme", id)
	require.NoError(t, err)
	blob, err := d.store.Open(t.Context(), id)
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

// A store that replicas share is gone through again and again: what one of them
// leaves behind, no start of another may come to find.
func TestASharedStoreIsSweptAtIntervals(t *testing.T) {
	d := open(t, t.TempDir())
	defer func() { require.NoError(t, d.close()) }()
	j, _ := testJanitor(t, d)
	require.Zero(t, j.Grace, "a data folder is this process's alone")
	j.Grace = sharedGrace
	now := time.Now()
	oldPart, young := idMadeAt(now.Add(-2*time.Hour)), newID()
	fillPart(t, d, oldPart, "old")
	fillPart(t, d, young, "young")
	require.NoError(t, j.prepare(t.Context()))
	j.sweep(t.Context())
	require.Equal(t, []string{young}, partsOf(t, d))

	later := idMadeAt(now.Add(-2 * time.Hour))
	fillPart(t, d, later, "of another replica")
	j.pass(t.Context(), now.Add(sharedGrace/2))
	require.Len(t, partsOf(t, d), 2, "it is not time yet")
	j.pass(t.Context(), now.Add(sharedGrace+time.Minute))
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
