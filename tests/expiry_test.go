package tests

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

func TestAbandonedUploadGoesAfterItsExpiry(t *testing.T) {
	s := startServer(t, "--upload-expiry", "1s", "--janitor-interval", "100ms")
	ctx := bounded(t)
	w := s.storeWitness(ctx, t)
	content := testkit.NewContent(51, 20*chunkSize)
	id := uuid.NewString()
	u := s.mustBegin(ctx, t, header("abandoned.bin", id, content.Size()))
	require.NoError(t, u.sendFrom(content, 0, 15*chunkSize))
	s.awaitUpload(ctx, t, id, receivedAtLeast(15*chunkSize))
	u.cancel()
	require.Eventually(t, func() bool {
		known, err := s.files.GetUpload(ctx, &fileuploadv1.GetUploadRequest{UploadId: id})
		return err == nil && known.GetUpload().GetStatus() == fileuploadv1.UploadStatus_UPLOAD_STATUS_EXPIRED
	}, 30*time.Second, 50*time.Millisecond)
	require.Eventually(t, func() bool {
		return contentBytes(t, s.dataDir) < 15*chunkSize
	}, 30*time.Second, 50*time.Millisecond, "the bytes are removed from the disk")
	s.requireWitness(ctx, t, w)
	hello, _ := s.mustResume(ctx, t, "abandoned.bin", id, content)
	require.Zero(t, hello.GetNext(), "the upload begins anew")
}

func TestFileGoesAfterItsExpiry(t *testing.T) {
	s := startServer(t, "--janitor-interval", "100ms")
	ctx := bounded(t)
	w := s.storeWitness(ctx, t)
	content := testkit.NewContent(52, 10*chunkSize)
	fileID := s.store(ctx, t, "expiring.bin", content).GetFileId()
	before := contentBytes(t, s.dataDir)
	expire(ctx, t, s, fileID, time.Now().Add(time.Second))
	require.Eventually(t, func() bool {
		_, err := s.files.GetFile(ctx, &fileuploadv1.GetFileRequest{FileId: fileID})
		return refusalOf(err).reason == "FILE_NOT_FOUND"
	}, 30*time.Second, 50*time.Millisecond)
	_, err := s.download(ctx, fileID)
	requireRefused(t, err, codes.NotFound, "FILE_NOT_FOUND")
	s.requireWitness(ctx, t, w)
	s.Restart()
	s.requireWitness(ctx, t, w)
	require.Eventually(t, func() bool {
		return contentBytes(t, s.dataDir) <= before-content.Size()
	}, 30*time.Second, 50*time.Millisecond, "the bytes are removed from the disk")
}

// expire sets when a file is to be removed.
func expire(ctx context.Context, t *testing.T, s *server, fileID string, at time.Time) {
	t.Helper()
	answer, err := s.files.UpdateFile(ctx, &fileuploadv1.UpdateFileRequest{
		FileId:     fileID,
		ExpireTime: timestamppb.New(at),
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"expire_time"}},
	})
	require.NoError(t, err)
	require.WithinDuration(t, at, answer.GetFile().GetExpireTime().AsTime(), time.Millisecond)
}
