package tests

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

func TestFileUpload(t *testing.T) {
	s := startServer(t)
	t.Run("Small_file_upload", func(t *testing.T) { testSmallFileUpload(t, s) })
	t.Run("Large_file_upload", func(t *testing.T) { testLargeFileUpload(t, s) })
	t.Run("Checksum_verification", func(t *testing.T) { testChecksumVerification(t, s) })
}

func testSmallFileUpload(t *testing.T, s *server) {
	t.Helper()
	ctx := bounded(t)
	for _, size := range []int64{0, 1, 1000, chunkSize, chunkSize + 1} {
		content := testkit.NewContent(uint64(size), size)
		receipt := s.store(ctx, t, "small.bin", content)
		require.Equal(t, int32(1), receipt.GetStreamCount())
		require.Zero(t, receipt.GetDuplicateBytes())
		require.Empty(t, receipt.GetErrors())
		s.requireStored(ctx, t, receipt.GetFileId(), "small.bin", content)
	}
	t.Run("in_one_message", func(t *testing.T) {
		u := s.mustBegin(ctx, t, &fileuploadv1.UploadFileRequest{
			FileName: "one.txt", Data: []byte("all of it"), IsLastChunk: true,
		})
		receipt, err := u.finish()
		require.NoError(t, err)
		require.Equal(t, int64(9), receipt.GetTotalSize())
		require.NotEmpty(t, receipt.GetUploadId(), "the server makes a name where the client gives none")
	})
	t.Run("with_metadata", func(t *testing.T) {
		metadata := map[string]string{"origin": "sensor 7", "größe": "klein"}
		u := s.mustBegin(ctx, t, &fileuploadv1.UploadFileRequest{
			FileName: "meta.txt", Data: []byte("x"), IsLastChunk: true, Metadata: metadata,
		})
		receipt, err := u.finish()
		require.NoError(t, err)
		got, err := s.files.GetFile(ctx, &fileuploadv1.GetFileRequest{FileId: receipt.GetFileId()})
		require.NoError(t, err)
		require.Equal(t, metadata, got.GetFile().GetMetadata())
	})
}

func testLargeFileUpload(t *testing.T, s *server) {
	t.Helper()
	ctx := bounded(t)
	content := testkit.NewContent(1, 200_000_000)
	receipt := s.store(ctx, t, "large.bin", content)
	s.requireStored(ctx, t, receipt.GetFileId(), "large.bin", content)
	rss, err := s.PeakRSS()
	require.NoError(t, err)
	t.Logf("the server's peak of resident memory was %d MiB", rss>>20)
	if !testkit.RaceEnabled {
		require.Less(t, rss, int64(100<<20))
	}
}

func testChecksumVerification(t *testing.T, s *server) {
	t.Helper()
	ctx := bounded(t)
	content := testkit.NewContent(2, 3*chunkSize)
	right, wrong := content.SHA256(), strings.Repeat("0", 64)
	tests := []struct {
		name        string
		first, last string
		accepted    bool
	}{
		{name: "right_with_the_first_message", first: right, accepted: true},
		{name: "right_with_the_last_message", last: right, accepted: true},
		{name: "right_with_both", first: right, last: right, accepted: true},
		{name: "right_in_upper_case", first: strings.ToUpper(right), accepted: true},
		{name: "right_in_upper_case_with_the_last_message", last: strings.ToUpper(right), accepted: true},
		{name: "none", accepted: true},
		{name: "wrong_with_the_first_message", first: wrong},
		{name: "wrong_with_the_last_message", last: wrong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id := uuid.NewString()
			// With data, so that the server does not answer for a content that it knows.
			first := chunk(content, 0, chunkSize)
			first.FileName, first.UploadId, first.Checksum = "sum.bin", id, tt.first
			u := s.mustBegin(ctx, t, first)
			require.NoError(t, u.sendFrom(content, chunkSize, 2*chunkSize))
			last := chunk(content, 2*chunkSize, chunkSize)
			last.IsLastChunk, last.Checksum = true, tt.last
			require.NoError(t, u.send(last))
			receipt, err := u.finish()
			if tt.accepted {
				require.NoError(t, err)
				requireReceipt(t, receipt, "sum.bin", content)
				return
			}
			r := requireRefused(t, err, codes.InvalidArgument, "CHECKSUM_MISMATCH")
			require.Equal(t, "checksum", r.field)
			s.requireForgotten(ctx, t, id)
		})
	}
}
