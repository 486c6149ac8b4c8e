package cli_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/tools/internal/fakeserver"
)

// moving returns a server whose uploads move to a final status.
func moving(t *testing.T, final fileuploadv1.UploadStatus) *fakeserver.Server {
	t.Helper()
	server := fakeserver.Start(t)
	at := func(status fileuploadv1.UploadStatus, received int64, progress float64) *fileuploadv1.Upload {
		return &fileuploadv1.Upload{
			UploadId: "u", FileName: "a.txt", Status: status, TotalSize: new(int64(100 * mib)),
			Position: &streamv1.Position{Received: received, Durable: received / 2}, Progress: &progress,
		}
	}
	receiving := at(fileuploadv1.UploadStatus_UPLOAD_STATUS_RECEIVING, 40*mib, 0.4)
	receiving.BytesPerSecond, receiving.TimeLeft = 10*mib, durationpb.New(6*time.Second)
	ended := at(final, 100*mib, 1)
	ended.FileId = "file-1"
	server.Moves = []*fileuploadv1.Upload{
		receiving,
		at(fileuploadv1.UploadStatus_UPLOAD_STATUS_RECEIVING, 50*mib, 0.5),
		at(fileuploadv1.UploadStatus_UPLOAD_STATUS_SCANNING, 100*mib, 0.9999),
		ended,
	}
	return server
}

func TestUploadsWatchTellsEachStatus(t *testing.T) {
	server := moving(t, fileuploadv1.UploadStatus_UPLOAD_STATUS_AVAILABLE)
	got := sluice(t, "uploads", "watch", "u", "--addr", server.Addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, `receiving  40 %  40 MiB of 100 MiB, 20 MiB durable  10 MiB/s, 6s left
scanning  99 %  100 MiB of 100 MiB, 50 MiB durable
available  100 %  100 MiB of 100 MiB, 50 MiB durable  file file-1
`, got.stdout)
}

func TestUploadsWatchPrintsEachMoveAsJSON(t *testing.T) {
	server := moving(t, fileuploadv1.UploadStatus_UPLOAD_STATUS_AVAILABLE)
	objects := sluice(t, "uploads", "watch", "u", "--json", "--addr", server.Addr).objects(t)
	require.Len(t, objects, 4)
	require.Equal(t, map[string]any{
		"upload_id": "u", "file_name": "a.txt", "status": "receiving", "received": 40.0 * mib, "durable": 20.0 * mib, "total_size": 100.0 * mib,
		"bytes_per_second": 10.0 * mib, "seconds_left": 6.0, "progress": 0.4,
	}, objects[0])
}

func TestUploadsWatchFailsWhereThereIsNoFile(t *testing.T) {
	server := moving(t, fileuploadv1.UploadStatus_UPLOAD_STATUS_QUARANTINED)
	got := sluice(t, "uploads", "watch", "-q", "u", "--addr", server.Addr)
	require.Equal(t, 1, got.code)
	require.Empty(t, got.stdout)
	require.Equal(t, "sluice: the upload is quarantined\n", got.stderr)
}
