package tests

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestFullDisk fills the disk during an upload. The server says so, keeps what
// it has, serves on, and takes the rest in when there is room again.
func TestFullDisk(t *testing.T) {
	t.Run("tmpfs", func(t *testing.T) { testFullDisk(t, testkit.SmallDisk(t, 64<<20)) })
	// ext4 gives room out late, some of it not before a sync.
	t.Run("ext4", func(t *testing.T) { testFullDisk(t, testkit.NewExt4(t, 64).Data()) })
}

func testFullDisk(t *testing.T, disk string) {
	t.Helper()
	dataDir := filepath.Join(disk, "sluice")
	require.NoError(t, os.Mkdir(dataDir, 0o700))
	s := startServerIn(t, dataDir, "--checkpoint-bytes", "4MiB")
	ctx := bounded(t)
	w := s.storeWitness(ctx, t)
	ballast := filepath.Join(disk, "ballast")
	testkit.NewContent(31, 30<<20).WriteFile(t, ballast)

	content := testkit.NewContent(32, 40<<20)
	id := uuid.NewString()
	_, _, err := s.resume(ctx, "full.bin", id, content)
	r := requireRefused(t, err, codes.ResourceExhausted, "STORAGE_FULL")
	require.Positive(t, r.retryAfter)
	require.NotNil(t, r.cut)
	durable := r.cut.GetPosition().GetDurable()
	require.Positive(t, durable)

	t.Run("serves_on_while_it_is_full", func(t *testing.T) {
		s.requireWitness(ctx, t, w)
		_, _, err := s.resume(ctx, "full.bin", id, content)
		requireRefused(t, err, codes.ResourceExhausted, "STORAGE_FULL")
		_, err = s.files.ListFiles(ctx, &fileuploadv1.ListFilesRequest{})
		require.NoError(t, err)
		s.requireWitness(ctx, t, w)
	})
	require.NoError(t, os.Remove(ballast))
	t.Run("finishes_when_there_is_room", func(t *testing.T) {
		hello, receipt := s.mustResume(ctx, t, "full.bin", id, content)
		require.GreaterOrEqual(t, hello.GetPosition().GetDurable(), durable)
		s.requireStored(ctx, t, receipt.GetFileId(), "full.bin", content)
		s.requireWitness(ctx, t, w)
	})
	t.Run("deleting_makes_room", func(t *testing.T) { testDeletingMakesRoom(ctx, t, s) })
	s.Restart()
	s.requireWitness(ctx, t, w)
}

// testDeletingMakesRoom deletes the large file of a nearly full disk and
// stores another in its place.
func testDeletingMakesRoom(ctx context.Context, t *testing.T, s *server) {
	t.Helper()
	another := testkit.NewContent(33, 30<<20)
	id := uuid.NewString()
	_, _, err := s.resume(ctx, "another.bin", id, another)
	requireRefused(t, err, codes.ResourceExhausted, "STORAGE_FULL")
	files, err := s.files.ListFiles(ctx, &fileuploadv1.ListFilesRequest{NamePrefix: "full"})
	require.NoError(t, err)
	require.Len(t, files.GetFiles(), 1)
	_, err = s.files.DeleteFile(ctx, &fileuploadv1.DeleteFileRequest{FileId: files.GetFiles()[0].GetFileId()})
	require.NoError(t, err)
	_, receipt := s.mustResume(ctx, t, "another.bin", id, another)
	s.requireStored(ctx, t, receipt.GetFileId(), "another.bin", another)
}
