package tests

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// awaitTime bounds how long an upload may take to be as a test wants it.
const awaitTime = 30 * time.Second

// awaitUpload watches an upload until it is as wanted, and returns it.
func (p peer) awaitUpload(ctx context.Context, t *testing.T, uploadID string, wanted func(*fileuploadv1.Upload) bool) *fileuploadv1.Upload {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, awaitTime)
	defer cancel()
	stream, err := p.files.WatchUpload(ctx, &fileuploadv1.WatchUploadRequest{UploadId: uploadID})
	require.NoError(t, err)
	var last *fileuploadv1.Upload
	for {
		message, err := stream.Recv()
		require.NoError(t, err, "the last that was told of the upload: %v", last)
		last = message.GetUpload()
		require.LessOrEqual(t, last.GetPosition().GetDurable(), last.GetPosition().GetReceived())
		if wanted(last) {
			return last
		}
	}
}

func receivedAtLeast(n int64) func(*fileuploadv1.Upload) bool {
	return func(u *fileuploadv1.Upload) bool { return u.GetPosition().GetReceived() >= n }
}

func durableAtLeast(n int64) func(*fileuploadv1.Upload) bool {
	return func(u *fileuploadv1.Upload) bool { return u.GetPosition().GetDurable() >= n }
}
