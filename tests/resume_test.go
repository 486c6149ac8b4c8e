package tests

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

func TestReceiptIsTheSameForARetry(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	content := testkit.NewContent(17, 5*chunkSize)
	id := uuid.NewString()
	_, first := s.mustResume(ctx, t, "retry.bin", id, content)

	u := s.mustBegin(ctx, t, header("retry.bin", id, content.Size()))
	hello, err := u.hello()
	require.NoError(t, err)
	require.Equal(t, content.Size(), hello.GetNext())
	second, err := u.finish()
	require.NoError(t, err)
	requireEqualMessages(t, first, second)

	// A client that knows nothing of the receipt sends everything again.
	blind := s.mustBegin(ctx, t, header("retry.bin", id, content.Size()))
	require.NoError(t, blind.sendFrom(content, 0, content.Size()))
	resent, err := blind.finish()
	require.NoError(t, err)
	requireEqualMessages(t, first, resent)

	s.Restart()
	again := s.mustBegin(ctx, t, header("retry.bin", id, content.Size()))
	third, err := again.finish()
	require.NoError(t, err)
	requireEqualMessages(t, first, third)

	files, err := s.files.ListFiles(ctx, &fileuploadv1.ListFilesRequest{})
	require.NoError(t, err)
	require.Len(t, files.GetFiles(), 1)
}

func TestRepeatsAreCountedAndDropped(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	content := testkit.NewContent(18, 4*chunkSize)
	u := s.mustBegin(ctx, t, header("repeat.bin", uuid.NewString(), content.Size()))
	require.NoError(t, u.sendFrom(content, 0, 2*chunkSize))
	require.NoError(t, u.sendFrom(content, chunkSize/2, 3*chunkSize))
	require.NoError(t, u.sendFrom(content, 0, content.Size()))
	receipt, err := u.finish()
	require.NoError(t, err)
	requireReceipt(t, receipt, "repeat.bin", content)
	require.Equal(t, int64(chunkSize+chunkSize/2+3*chunkSize), receipt.GetDuplicateBytes())
	s.requireStored(ctx, t, receipt.GetFileId(), "repeat.bin", content)
}

func TestResumeWithAnotherHeaderIsRefused(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	id := uuid.NewString()
	u := s.mustBegin(ctx, t, header("begun.bin", id, 10*chunkSize))
	_, err := u.hello()
	require.NoError(t, err)
	_, err = u.finish()
	requireRefused(t, err, codes.InvalidArgument, "INCOMPLETE")
	err = s.sendAll(ctx, stream(header("other.bin", id, 10*chunkSize)))
	r := requireRefused(t, err, codes.FailedPrecondition, "WORK_CHANGED")
	require.Equal(t, "file_name", r.field)
	err = s.sendAll(ctx, stream(header("begun.bin", id, 9*chunkSize)))
	r = requireRefused(t, err, codes.FailedPrecondition, "WORK_CHANGED")
	require.Equal(t, "total_size", r.field)
}

func TestAbortedUploadIsGone(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	content := testkit.NewContent(19, 6*chunkSize)
	id := uuid.NewString()
	u := s.mustBegin(ctx, t, header("abort.bin", id, content.Size()))
	require.NoError(t, u.sendFrom(content, 0, 4*chunkSize))
	s.awaitUpload(ctx, t, id, receivedAtLeast(4*chunkSize))
	for range 2 {
		answer, err := s.files.AbortUpload(ctx, &fileuploadv1.AbortUploadRequest{UploadId: id})
		require.NoError(t, err)
		require.Equal(t, fileuploadv1.UploadStatus_UPLOAD_STATUS_ABORTED, answer.GetUpload().GetStatus())
	}
	requireRefused(t, u.ended(), codes.FailedPrecondition, "WORK_ENDED")
	err := s.sendAll(ctx, stream(header("abort.bin", id, content.Size())))
	requireRefused(t, err, codes.FailedPrecondition, "WORK_ENDED")
	require.Less(t, contentBytes(t, s.dataDir), int64(4*chunkSize), "the bytes are removed from the disk")
}
