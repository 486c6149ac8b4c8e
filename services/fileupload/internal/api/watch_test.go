package api_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// watch is one call of WatchUpload, whose promises every message is held to.
type watch struct {
	t      *testing.T
	stream grpc.ServerStreamingClient[fileuploadv1.WatchUploadResponse]
	last   *fileuploadv1.Upload
	// begun is when the call began, and seen how many messages it has brought.
	begun time.Time
	seen  int
}

func (h *harness) watch(t *testing.T, id string) *watch {
	t.Helper()
	w := &watch{t: t, begun: time.Now()}
	var err error
	w.stream, err = h.files.WatchUpload(t.Context(), &fileuploadv1.WatchUploadRequest{UploadId: id})
	require.NoError(t, err)
	require.True(t, w.next())
	return w
}

// next receives one message, and tells whether there was one.
func (w *watch) next() bool {
	w.t.Helper()
	message, err := w.stream.Recv()
	if errors.Is(err, io.EOF) {
		return false
	}
	require.NoError(w.t, err)
	now := message.GetUpload()
	w.seen++
	require.LessOrEqual(w.t, time.Duration(w.seen-1)*100*time.Millisecond, time.Since(w.begun), "more than 10 messages a second")
	stored := now.GetStatus() == fileuploadv1.UploadStatus_UPLOAD_STATUS_AVAILABLE ||
		now.GetStatus() == fileuploadv1.UploadStatus_UPLOAD_STATUS_QUARANTINED
	if now.Progress != nil {
		require.Equal(w.t, stored, now.GetProgress() == 1, "progress %v, %v", now.GetProgress(), now.GetStatus())
	}
	require.GreaterOrEqual(w.t, now.GetPosition().GetReceived(), w.last.GetPosition().GetReceived())
	require.GreaterOrEqual(w.t, now.GetPosition().GetDurable(), w.last.GetPosition().GetDurable())
	require.GreaterOrEqual(w.t, now.GetProgress(), w.last.GetProgress())
	w.last = now
	return true
}

// until receives until a message is as wanted.
func (w *watch) until(wanted func(*fileuploadv1.Upload) bool) {
	w.t.Helper()
	for !wanted(w.last) {
		require.True(w.t, w.next(), "the watch ended with %v", w.last)
	}
}

// end receives the rest and requires the last status.
func (w *watch) end(status fileuploadv1.UploadStatus) {
	w.t.Helper()
	for w.next() {
	}
	require.Equal(w.t, status, w.last.GetStatus())
}

func TestAWatchTellsRateAndTimeLeft(t *testing.T) {
	h := newHarness(t)
	content := random(4 * chunkLimit)
	u := h.begin(t, &request{FileName: "a.bin", UploadId: "u", TotalSize: new(int64(len(content)))})
	u.hello()
	w := h.watch(t, "u")
	require.Zero(t, w.last.GetBytesPerSecond())
	require.Nil(t, w.last.GetTimeLeft())
	require.Zero(t, w.last.GetProgress())
	u.sendContent(content, 0, 2*chunkLimit, false)
	w.until(func(now *fileuploadv1.Upload) bool { return now.GetPosition().GetReceived() == 2*chunkLimit })
	require.Positive(t, w.last.GetBytesPerSecond())
	require.Positive(t, w.last.GetTimeLeft().AsDuration())
	require.InDelta(t, 0.5, w.last.GetProgress(), 0.01)
	u.sendContent(content, 2*chunkLimit, 4*chunkLimit, true)
	u.receipt()
	w.end(fileuploadv1.UploadStatus_UPLOAD_STATUS_AVAILABLE)
	require.Zero(t, w.last.GetBytesPerSecond())
	require.Nil(t, w.last.GetTimeLeft())
}

func TestAWatchWithoutASizeHasNoProgressBeforeTheEnd(t *testing.T) {
	h := newHarness(t)
	u := h.begin(t, &request{FileName: "a.bin", UploadId: "u", Data: random(100)})
	u.hello()
	w := h.watch(t, "u")
	w.until(func(now *fileuploadv1.Upload) bool { return now.GetPosition().GetReceived() == 100 })
	require.Nil(t, w.last.Progress)
	require.Nil(t, w.last.GetTimeLeft())
	u.send(&request{Offset: 100, IsLastChunk: true})
	u.receipt()
	w.end(fileuploadv1.UploadStatus_UPLOAD_STATUS_AVAILABLE)
	require.InDelta(t, 1, w.last.GetProgress(), 0)
}

func TestAWatchDoesNotGoBackWhenAnUploadDoes(t *testing.T) {
	h := newHarness(t)
	content := random(2 * chunkLimit)
	u := h.begin(t, &request{FileName: "a.bin", UploadId: "u", TotalSize: new(int64(len(content)))})
	u.hello()
	u.sendContent(content, 0, chunkLimit, false)
	h.waitReceived(t, "u", chunkLimit)
	w := h.watch(t, "u")
	require.EqualValues(t, chunkLimit, w.last.GetPosition().GetReceived())
	// What the catalog has is behind what the stream had: as after a crash.
	require.Equal(t, "INCOMPLETE", u.refusal().reason)
	key := core.UploadKey{Tenant: "default", Subject: "anonymous", UploadID: "u"}
	list, err := h.catalog.ListUploads(t.Context(), core.UploadQuery{Tenant: key.Tenant, Subject: key.Subject, Limit: 1})
	require.NoError(t, err)
	require.Len(t, list, 1)
	behind := list[0]
	behind.Checkpoint = core.Checkpoint{Streams: behind.Checkpoint.Streams}
	require.NoError(t, h.catalog.SaveCheckpoint(t.Context(), behind))
	found, err := h.files.GetUpload(t.Context(), &fileuploadv1.GetUploadRequest{UploadId: "u"})
	require.NoError(t, err)
	require.Zero(t, found.GetUpload().GetPosition().GetReceived())

	u = h.begin(t, &request{FileName: "a.bin", UploadId: "u", TotalSize: new(int64(len(content)))})
	require.Zero(t, u.hello().GetNext())
	u.sendContent(content, 0, len(content), true)
	u.receipt()
	w.end(fileuploadv1.UploadStatus_UPLOAD_STATUS_AVAILABLE)
}

func TestAWatchShowsTheScanAndItsOutcome(t *testing.T) {
	pass := make(chan struct{})
	h := scannedHarness(t, func(ctx context.Context, r io.Reader) (core.ScanVerdict, error) {
		<-pass
		return scanForMark(ctx, r)
	})
	u := h.begin(t, &request{FileName: "a.txt", UploadId: "u", TotalSize: new(int64(4))})
	u.hello()
	w := h.watch(t, "u")
	u.send(&request{Data: []byte("MARK"), IsLastChunk: true})
	w.until(func(now *fileuploadv1.Upload) bool {
		return now.GetStatus() == fileuploadv1.UploadStatus_UPLOAD_STATUS_SCANNING
	})
	require.Empty(t, w.last.GetFileId())
	close(pass)
	require.Equal(t, "QUARANTINED", u.refusal().reason)
	w.end(fileuploadv1.UploadStatus_UPLOAD_STATUS_QUARANTINED)
	require.NotEmpty(t, w.last.GetFileId())
}

func TestAWatchOfAnUploadThatExpiresSaysSo(t *testing.T) {
	h := newHarness(t)
	h.janitor.Remembered = time.Hour
	require.Equal(t, "INCOMPLETE", h.begin(t, &request{FileName: "a.txt", UploadId: "u", Data: []byte("x")}).refusal().reason)
	w := h.watch(t, "u")
	uploads, _, err := h.janitor.Expire(t.Context(), time.Now().Add(2*time.Hour))
	require.NoError(t, err)
	require.Equal(t, 1, uploads)
	w.end(fileuploadv1.UploadStatus_UPLOAD_STATUS_EXPIRED)
	require.Empty(t, w.last.GetDurableChecksum())
}

func TestAWatchOfAnUploadWhoseFileIsDeletedSaysSo(t *testing.T) {
	h := newHarness(t)
	receipt := h.begin(t, &request{FileName: "a.txt", UploadId: "u", Data: []byte("x"), IsLastChunk: true}).receipt()
	_, err := h.files.DeleteFile(t.Context(), &fileuploadv1.DeleteFileRequest{FileId: receipt.GetFileId()})
	require.NoError(t, err)
	w := h.watch(t, "u")
	w.end(fileuploadv1.UploadStatus_UPLOAD_STATUS_DELETED)
}

func TestAWatchIsOfOneUploadAlsoWhenItsNameBeginsAnew(t *testing.T) {
	h := newHarness(t)
	u := h.begin(t, &request{FileName: "a.txt", UploadId: "u", Data: []byte("12345")})
	h.waitReceived(t, "u", 5)
	w := h.watch(t, "u")
	u.send(&request{Offset: 5, IsLastChunk: true, Checksum: sha([]byte("other"))})
	require.Equal(t, "CHECKSUM_MISMATCH", u.refusal().reason)
	u = h.begin(t, &request{FileName: "a.txt", UploadId: "u", Data: []byte("1")})
	u.hello()
	w.end(fileuploadv1.UploadStatus_UPLOAD_STATUS_ABORTED)
	require.Zero(t, w.last.GetBytesPerSecond())
	u.refusal()
}
