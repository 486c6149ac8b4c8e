package fileupload

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit/postgres"
	"github.com/sluice-ingest/sluice/libs/testkit/s3server"
	"github.com/sluice-ingest/sluice/services/fileupload/fsck"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

func TestACheckRunsBesideReplicas(t *testing.T) {
	bucket, database := s3server.Start(t), postgres.Start(t)
	cfg := DefaultCheckConfig()
	cfg.Deep, cfg.DataDir = true, filepath.Join(t.TempDir(), "none")
	cfg.Blobs.Store, cfg.Catalog.Kind, cfg.Catalog.URL = inBucket, inPostgres, database.NewDatabase(t)
	cfg.S3.Endpoint, cfg.S3.Bucket, cfg.S3.Insecure, cfg.S3.PathStyle = bucket.Addr, s3server.Bucket, true, true
	cfg.S3.AccessKey, cfg.S3.SecretKey = s3server.AccessKey, s3server.SecretKey
	d, err := openData(t.Context(), cfg.Config, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, d.close()) }()
	whole, rotten := acknowledgeShared(t, d, "whole"), acknowledgeShared(t, d, "rotten")
	young := newID()
	_, err = d.store.Put(t.Context(), young, [][]byte{[]byte("not committed yet")})
	require.NoError(t, err)
	leaveUnfinished(t, d, int64(cfg.S3.PartSize), false)
	leaveUnfinished(t, d, int64(cfg.S3.PartSize), true)

	report, err := Check(t.Context(), cfg)
	require.NoError(t, err)
	require.True(t, report.Sound, report.Problems)
	require.EqualValues(t, 2, report.Files)
	require.EqualValues(t, 2, report.Uploads)
	require.EqualValues(t, 4, report.Blobs)
	require.Zero(t, report.LeftoverCount, "a replica may be about to commit it")
	require.NoDirExists(t, cfg.DataDir)

	path := filepath.Join(bucket.Dir(), "blobs", rotten.BlobID)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(strings.ToUpper(string(content))), 0o600))
	report, err = Check(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, []fsck.Problem{{
		Kind: fsck.DamagedContent, Tenant: "acme", FileID: rotten.ID, BlobID: rotten.BlobID, Detail: "has another SHA-256 than its receipt says",
	}}, report.Problems)

	scrubber, _ := testScrubber(t, d)
	scrubber.pass(t.Context())
	require.Contains(t, scrubber.damaged, rotten.BlobID)
	require.NotContains(t, scrubber.damaged, whole.BlobID)
}

// leaveUnfinished leaves an upload whose first part is durable, or which was
// published and not committed.
func leaveUnfinished(t *testing.T, d *data, partSize int64, published bool) {
	t.Helper()
	id := newID()
	part, err := d.store.Create(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, part.Append([][]byte{make([]byte, partSize+1)}))
	require.NoError(t, part.Sync())
	upload := uploadOf("unfinished-"+id, id)
	upload.Checkpoint = core.Checkpoint{Offset: partSize, PartProof: part.Proof(partSize), Streams: 1}
	if published {
		require.NoError(t, part.End())
		require.NoError(t, part.Sync())
	}
	require.NoError(t, part.Close())
	if published {
		_, err = d.store.Publish(t.Context(), id)
		require.NoError(t, err)
	}
	require.NoError(t, d.catalog.CreateUpload(t.Context(), upload, core.Quota{}))
}

// acknowledgeShared stores a file at once.
func acknowledgeShared(t *testing.T, d *data, uploadID string) core.File {
	t.Helper()
	id := newID()
	file := fileOf(id)
	var err error
	file.BlobID, err = d.store.Put(t.Context(), id, [][]byte{[]byte("content of " + id)})
	require.NoError(t, err)
	upload := uploadOf(uploadID, id)
	upload.Status, upload.Receipt = core.Available, &core.Receipt{FileID: id}
	_, err = d.catalog.CompleteUpload(t.Context(), core.Completion{Upload: upload, Own: true, File: file})
	require.NoError(t, err)
	return file
}
