package tests

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

func TestCopyOutlivesItsOriginal(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	content := testkit.NewContent(101, 500_000)
	original := s.store(ctx, t, "original.bin", content).GetFileId()
	_, err := s.files.UpdateFile(ctx, &fileuploadv1.UpdateFileRequest{
		FileId:     original,
		Metadata:   map[string]string{"a": "b"},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"metadata"}},
	})
	require.NoError(t, err)
	answer, err := s.files.CopyFile(ctx, &fileuploadv1.CopyFileRequest{FileId: original, FileName: "copy.bin"})
	require.NoError(t, err)
	copied := answer.GetFile()
	require.Equal(t, map[string]string{"a": "b"}, copied.GetMetadata())

	_, err = s.files.DeleteFile(ctx, &fileuploadv1.DeleteFileRequest{FileId: original})
	require.NoError(t, err)
	_, err = s.download(ctx, original)
	requireRefused(t, err, codes.NotFound, "FILE_NOT_FOUND")
	s.requireStored(ctx, t, copied.GetFileId(), "copy.bin", content)
	s.Restart()
	s.requireStored(ctx, t, copied.GetFileId(), "copy.bin", content)
	_, err = s.files.GetFile(ctx, &fileuploadv1.GetFileRequest{FileId: original})
	requireRefused(t, err, codes.NotFound, "FILE_NOT_FOUND")
}

func TestDamageOnTheDiskIsFound(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	content := testkit.NewContent(102, 1<<20)
	fileID := s.store(ctx, t, "damaged.bin", content).GetFileId()
	verified, err := s.files.VerifyFile(ctx, &fileuploadv1.VerifyFileRequest{FileId: fileID})
	require.NoError(t, err)
	require.True(t, verified.GetIntact(), verified.GetDamage())
	require.Equal(t, content.SHA256(), verified.GetChecksum())
	require.Equal(t, content.Size(), verified.GetSize())

	damage(t, s.dataDir, fileID)
	verified, err = s.files.VerifyFile(ctx, &fileuploadv1.VerifyFileRequest{FileId: fileID})
	require.NoError(t, err)
	require.False(t, verified.GetIntact())
	require.NotEmpty(t, verified.GetDamage())
	_, err = s.download(ctx, fileID)
	requireRefused(t, err, codes.DataLoss, "CONTENT_DAMAGED")
}

// damage changes one byte of a stored file behind the server's back.
func damage(t *testing.T, dataDir, fileID string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dataDir, "blobs", "*", fileID))
	require.NoError(t, err)
	require.Len(t, paths, 1)
	f, err := os.OpenFile(paths[0], os.O_RDWR, 0)
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	one := make([]byte, 1)
	_, err = f.ReadAt(one, 700_000)
	require.NoError(t, err)
	one[0] ^= 1
	_, err = f.WriteAt(one, 700_000)
	require.NoError(t, err)
}

func TestStoredFilesAreForTheOwnerOnly(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	s.storeWitness(ctx, t)
	err := filepath.WalkDir(s.dataDir, func(path string, entry os.DirEntry, err error) error {
		require.NoError(t, err)
		if path == s.dataDir {
			return nil
		}
		info, err := entry.Info()
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, "%s has mode %v", path, info.Mode())
		return nil
	})
	require.NoError(t, err)
}
