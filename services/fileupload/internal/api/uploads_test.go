package api_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// copyOf copies a folder as it is at this moment.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	target := t.TempDir()
	require.NoError(t, os.CopyFS(target, os.DirFS(dir)))
	return target
}

func TestWatchShowsAnUploadToItsEnd(t *testing.T) {
	h := newHarness(t)
	content := random(2 * checkpointEvery)
	u := h.begin(t, &request{FileName: "a.bin", UploadId: "u1", TotalSize: new(int64(len(content)))})
	u.hello()
	watch, err := h.files.WatchUpload(t.Context(), &fileuploadv1.WatchUploadRequest{UploadId: "u1"})
	require.NoError(t, err)
	seen, err := watch.Recv()
	require.NoError(t, err)
	require.Zero(t, seen.GetUpload().GetPosition().GetReceived())
	require.NotEmpty(t, seen.GetUpload().GetStreamId())
	u.sendContent(content, 0, len(content), true)
	receipt := u.receipt()
	for last := seen.GetUpload(); ; last = seen.GetUpload() {
		seen, err = watch.Recv()
		if errors.Is(err, io.EOF) {
			require.Equal(t, receipt.GetFileId(), last.GetFileId())
			require.Equal(t, int64(len(content)), last.GetPosition().GetDurable())
			require.Equal(t, receipt.GetChecksum(), last.GetDurableChecksum())
			return
		}
		require.NoError(t, err)
		require.GreaterOrEqual(t, seen.GetUpload().GetPosition().GetReceived(), last.GetPosition().GetReceived())
		durable := seen.GetUpload().GetPosition().GetDurable()
		require.LessOrEqual(t, durable, seen.GetUpload().GetPosition().GetReceived())
		require.Equal(t, sha(content[:durable]), seen.GetUpload().GetDurableChecksum())
	}
}

func TestWatchTellsOfARefusedUpload(t *testing.T) {
	h := newHarness(t)
	u := h.begin(t, &request{FileName: "a.txt", UploadId: "u1", Data: []byte("01234")})
	u.hello()
	watch, err := h.files.WatchUpload(t.Context(), &fileuploadv1.WatchUploadRequest{UploadId: "u1"})
	require.NoError(t, err)
	_, err = watch.Recv()
	require.NoError(t, err)
	u.send(&request{IsLastChunk: true, Checksum: sha([]byte("other"))})
	require.Equal(t, "CHECKSUM_MISMATCH", u.refusal().reason)
	var last *fileuploadv1.WatchUploadResponse
	for {
		seen, err := watch.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		last = seen
	}
	require.Equal(t, fileuploadv1.UploadStatus_UPLOAD_STATUS_ABORTED, last.GetUpload().GetStatus())
}

func TestAbort(t *testing.T) {
	h := newHarness(t)
	u := h.begin(t, &request{FileName: "a.txt", UploadId: "u1", Data: []byte("01234")})
	u.hello()
	aborted, err := h.files.AbortUpload(t.Context(), &fileuploadv1.AbortUploadRequest{UploadId: "u1"})
	require.NoError(t, err)
	require.Equal(t, fileuploadv1.UploadStatus_UPLOAD_STATUS_ABORTED, aborted.GetUpload().GetStatus())
	require.Empty(t, h.ids(t))
	require.Equal(t, "WORK_ENDED", u.refusal().reason)
	require.Equal(t, "WORK_ENDED", h.begin(t, &request{FileName: "a.txt", UploadId: "u1"}).refusal().reason)
	_, err = h.files.AbortUpload(t.Context(), &fileuploadv1.AbortUploadRequest{UploadId: "u1"})
	require.NoError(t, err, "aborting again succeeds")

	h.begin(t, &request{FileName: "a.txt", UploadId: "u2", IsLastChunk: true}).receipt()
	_, err = h.files.AbortUpload(t.Context(), &fileuploadv1.AbortUploadRequest{UploadId: "u2"})
	require.Equal(t, refusal{codes.FailedPrecondition, "WORK_ENDED", "", nil}, refusalOf(t, err))
	_, err = h.files.AbortUpload(t.Context(), &fileuploadv1.AbortUploadRequest{UploadId: "none"})
	require.Equal(t, "UPLOAD_NOT_FOUND", refusalOf(t, err).reason)
}

func TestUploadsAreListedNewestFirst(t *testing.T) {
	h := newHarness(t)
	for i := range 5 {
		h.begin(t, &request{FileName: "a.txt", UploadId: fmt.Sprint("done", i), IsLastChunk: true}).receipt()
	}
	open := h.begin(t, &request{FileName: "a.txt", UploadId: "open", Data: []byte("01234")})
	h.waitReceived(t, "open", 5)
	var names []string
	cursor := ""
	for {
		list, err := h.files.ListUploads(t.Context(), &fileuploadv1.ListUploadsRequest{PageSize: 4, Cursor: cursor})
		require.NoError(t, err)
		for _, upload := range list.GetUploads() {
			names = append(names, upload.GetUploadId())
		}
		if cursor = list.GetNextCursor(); cursor == "" {
			break
		}
	}
	require.Equal(t, []string{"open", "done4", "done3", "done2", "done1", "done0"}, names)
	list, err := h.files.ListUploads(t.Context(), &fileuploadv1.ListUploadsRequest{
		Statuses: []fileuploadv1.UploadStatus{fileuploadv1.UploadStatus_UPLOAD_STATUS_RECEIVING},
	})
	require.NoError(t, err)
	require.Len(t, list.GetUploads(), 1)
	require.Equal(t, int64(5), list.GetUploads()[0].GetPosition().GetReceived(), "an open upload shows what it has now")
	_, err = h.files.ListUploads(t.Context(), &fileuploadv1.ListUploadsRequest{Statuses: []fileuploadv1.UploadStatus{99}})
	require.Equal(t, "statuses", refusalOf(t, err).field)
	open.refusal()
}

func TestTheJanitorRemovesWhatHasExpired(t *testing.T) {
	h := newHarness(t)
	abandoned := h.begin(t, &request{FileName: "a.txt", UploadId: "abandoned", Data: []byte("01234")})
	carried := h.begin(t, &request{FileName: "a.txt", UploadId: "carried", Data: []byte("01234")})
	carried.hello()
	require.Equal(t, "INCOMPLETE", abandoned.refusal().reason)
	stored := h.stored(t, "b.txt", []byte("hello"))
	uploads, files, err := h.janitor.Expire(t.Context(), time.Now().Add(30*time.Minute))
	require.NoError(t, err)
	require.Zero(t, uploads+files, "nothing has expired after half the time")
	uploads, _, err = h.janitor.Expire(t.Context(), time.Now().Add(2*time.Hour))
	require.NoError(t, err)
	require.Equal(t, 1, uploads, "a carried upload stays")
	require.Len(t, h.ids(t), 2)
	expired, err := h.files.GetUpload(t.Context(), &fileuploadv1.GetUploadRequest{UploadId: "abandoned"})
	require.NoError(t, err)
	require.Equal(t, fileuploadv1.UploadStatus_UPLOAD_STATUS_EXPIRED, expired.GetUpload().GetStatus())
	_, files, err = h.janitor.Expire(t.Context(), time.Now().Add(25*time.Hour))
	require.NoError(t, err)
	require.Zero(t, files, "a receipt expires, its file does not")
	_, err = h.files.GetFile(t.Context(), &fileuploadv1.GetFileRequest{FileId: stored.GetFileId()})
	require.NoError(t, err)
	carried.refusal()
}

func TestTheSweepRemovesOnlyWhatNobodyKnows(t *testing.T) {
	h := newHarness(t)
	stored := h.stored(t, "b.txt", []byte("hello"))
	h.begin(t, &request{FileName: "a.txt", UploadId: "u1", Data: []byte("01234")}).refusal()
	for _, id := range []string{"0192d1e4-7c6b-7b1a-9d3e-000000000000", "0192d1e4-7c6b-7b1a-9d3e-000000000001"} {
		orphan, err := h.store.Create(t.Context(), id)
		require.NoError(t, err)
		require.NoError(t, orphan.Close())
	}
	require.NoError(t, testkit.ErrorOf(h.store.Publish(t.Context(), "0192d1e4-7c6b-7b1a-9d3e-000000000001")))
	removed, err := h.janitor.SweepParts(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, removed)
	require.NoError(t, h.janitor.SweepBlobs(t.Context(), uuid.Must(uuid.NewV7())))
	setAside, err := h.janitor.SettleDoubts(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, setAside)
	require.Len(t, h.ids(t), 2)
	require.Contains(t, h.ids(t), stored.GetFileId())
}
