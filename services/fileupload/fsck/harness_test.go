package fsck_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/fsck"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/catalog/sqlite"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/disk"
)

// service is a real catalog and a real store.
type service struct {
	dir     string
	catalog *sqlite.Catalog
	store   *disk.Store
}

func open(t *testing.T) *service {
	t.Helper()
	dir := t.TempDir()
	store, err := disk.Open(dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	catalog, err := sqlite.Open(t.Context(), filepath.Join(dir, "catalog.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, catalog.Close()) })
	return &service{dir: dir, catalog: catalog, store: store}
}

func (s *service) place() fsck.Place {
	return fsck.Place{Name: s.dir, Catalog: s.catalog, Store: s.store, PartSize: s.partSize}
}

func (s *service) partSize(_ context.Context, id string) (int64, error) {
	info, err := os.Stat(filepath.Join(s.dir, "parts", id+".part"))
	if err != nil {
		return 0, errors.Join(core.ErrNotFound, err)
	}
	return info.Size(), nil
}

func (s *service) examine(t *testing.T, deep bool) *fsck.Report {
	t.Helper()
	report, err := fsck.Examine(t.Context(), s.place(), deep)
	require.NoError(t, err)
	require.Equal(t, report.ProblemCount == 0, report.Sound)
	return report
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// part leaves a part with a content.
func (s *service) part(t *testing.T, id, content string) {
	t.Helper()
	part, err := s.store.Create(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, part.Append([][]byte{[]byte(content)}))
	require.NoError(t, part.End())
	require.NoError(t, part.Sync())
	require.NoError(t, part.Close())
}

func (s *service) publish(t *testing.T, id string) (blobID string) {
	t.Helper()
	blobID, err := s.store.Publish(t.Context(), id)
	require.NoError(t, err)
	return blobID
}

func uploadOf(tenant, id string) core.Upload {
	now := time.Now()
	return core.Upload{
		UploadKey: core.UploadKey{Tenant: tenant, Subject: "ann", UploadID: "upload-" + id}, FileID: id,
		Status: core.Receiving, Checkpoint: core.Checkpoint{Streams: 1},
		CreatedAt: now, UpdatedAt: now, ExpiresAt: now.Add(time.Hour),
	}
}

// file stores a file whose content is in a blob of its own, and returns it.
func (s *service) file(t *testing.T, tenant, content string) core.File {
	t.Helper()
	id := newID()
	s.part(t, id, content)
	return s.commit(t, tenant, id, s.publish(t, id), content)
}

func (s *service) commit(t *testing.T, tenant, id, blobID, content string) core.File {
	t.Helper()
	sum := sha256.Sum256([]byte(content))
	upload := uploadOf(tenant, id)
	upload.Status, upload.Receipt = core.Available, &core.Receipt{FileID: id}
	file := core.File{
		ID: id, BlobID: blobID, Tenant: tenant, Size: int64(len(content)), Checksum: hex.EncodeToString(sum[:]),
		Status: core.FileAvailable, CreatedAt: upload.CreatedAt, UpdatedAt: upload.CreatedAt,
	}
	_, err := s.catalog.CompleteUpload(t.Context(), core.Completion{Upload: upload, Own: true, File: file})
	require.NoError(t, err)
	return file
}

// receiving leaves an upload of which so many bytes are durable.
func (s *service) receiving(t *testing.T, tenant, id string, durable int64) {
	t.Helper()
	upload := uploadOf(tenant, id)
	upload.Checkpoint.Offset, upload.Reserved = durable, 1000
	require.NoError(t, s.catalog.CreateUpload(t.Context(), upload, core.Quota{}))
}

// blobPath is where a blob lies that is not in a pack.
func (s *service) blobPath(t *testing.T, id string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(s.dir, "blobs", "*", id))
	require.NoError(t, err)
	require.Len(t, paths, 1)
	return paths[0]
}
