package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/interceptor"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/testkit/rpctest"
	"github.com/sluice-ingest/sluice/libs/wire"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/api"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// scanFunc is a scanner that does what a test says.
type scanFunc func(ctx context.Context, content io.Reader) (core.ScanVerdict, error)

func (f scanFunc) Scan(ctx context.Context, content io.Reader) (core.ScanVerdict, error) {
	return f(ctx, content)
}

// scanForMark finds the text MARK.
func scanForMark(_ context.Context, content io.Reader) (core.ScanVerdict, error) {
	all, err := io.ReadAll(content)
	return core.ScanVerdict{Infected: bytes.Contains(all, []byte("MARK")), Signature: "Test.Mark"}, err
}

// scannedHarness is a harness whose service scans, beside the one that does not.
func scannedHarness(t *testing.T, scanner scanFunc) *harness {
	t.Helper()
	h := newHarness(t)
	limits := core.Limits{
		ChunkBytes: chunkLimit, CheckpointBytes: checkpointEvery, UploadExpiry: time.Hour, ReceiptExpiry: 24 * time.Hour,
		Policies: core.Policies{Default: core.Policy{MaxBytes: fileLimit, Types: core.NewTypePolicy(core.DefaultTypes())}},
		Scans:    core.Scans{Scanner: scanner, QuarantineExpiry: time.Hour},
	}
	metrics := prometheus.NewRegistry()
	server := grpc.NewServer(interceptor.ServerOptions(interceptor.Chain(interceptor.Deps{
		Service: "fileupload", Logger: logger(t), Registerer: metrics, Authenticator: byGrants{},
		Codec: wire.NewCodec(), MaxMessageBytes: chunkLimit + 64<<10,
	}))...)
	h.streams = ingest.NewRegistry(nil)
	fileuploadv1.RegisterFileUploadServiceServer(server, api.New(api.Deps{
		Uploads: core.NewUploads(h.catalog, h.store, limits), Files: core.NewFiles(h.catalog, h.store, limits),
		Streams: h.streams, Registerer: metrics, ChunkBytes: chunkLimit,
	}))
	h.connect(t, server)
	return h
}

// quarantined brings a file into quarantine and returns its identifier.
func (h *harness) quarantined(t *testing.T, name string) string {
	t.Helper()
	refused := h.begin(t, &request{FileName: name, UploadId: name, Data: []byte("MARK " + name), IsLastChunk: true}).refusal()
	require.Equal(t, codes.FailedPrecondition, refused.code)
	require.Equal(t, "QUARANTINED", refused.reason)
	found, err := h.files.GetUpload(t.Context(), &fileuploadv1.GetUploadRequest{UploadId: name})
	require.NoError(t, err)
	require.Equal(t, fileuploadv1.UploadStatus_UPLOAD_STATUS_QUARANTINED, found.GetUpload().GetStatus())
	require.InDelta(t, 1, found.GetUpload().GetProgress(), 0)
	return found.GetUpload().GetFileId()
}

func (h *harness) release(ctx context.Context, id string) (*fileuploadv1.File, error) {
	released, err := h.files.ReleaseQuarantinedFile(ctx, &fileuploadv1.ReleaseQuarantinedFileRequest{FileId: id})
	return released.GetFile(), err
}

func (h *harness) deleteQuarantined(ctx context.Context, id string) error {
	_, err := h.files.DeleteQuarantinedFile(ctx, &fileuploadv1.DeleteQuarantinedFileRequest{FileId: id})
	return err
}

// quarantine lists all files in quarantine, page by page.
func (h *harness) quarantine(ctx context.Context, t *testing.T) (names []string) {
	t.Helper()
	list := &fileuploadv1.ListQuarantinedFilesRequest{PageSize: 2}
	for {
		found, err := h.files.ListQuarantinedFiles(ctx, list)
		require.NoError(t, err)
		for _, file := range found.GetFiles() {
			require.Equal(t, fileuploadv1.FileStatus_FILE_STATUS_QUARANTINED, file.GetStatus())
			require.Equal(t, "the scanner found Test.Mark", file.GetQuarantine())
			names = append(names, file.GetFileName())
		}
		if list.Cursor = found.GetNextCursor(); list.GetCursor() == "" {
			return names
		}
	}
}

func TestFilesInQuarantineAreListedReleasedAndDeleted(t *testing.T) {
	h := scannedHarness(t, scanForMark)
	ids := map[string]string{}
	for i := range 5 {
		name := fmt.Sprintf("%d.txt", i)
		ids[name] = h.quarantined(t, name)
	}
	require.Equal(t, []string{"4.txt", "3.txt", "2.txt", "1.txt", "0.txt"}, h.quarantine(t.Context(), t))
	list, err := h.files.ListFiles(t.Context(), &fileuploadv1.ListFilesRequest{})
	require.NoError(t, err)
	require.Empty(t, list.GetFiles())
	for name, call := range h.fileCalls() {
		if name == "UpdateFile that cannot be" {
			continue // It is refused before anything is looked at.
		}
		require.Equal(t, "FILE_NOT_FOUND", refusalOf(t, call(t.Context(), ids["1.txt"])).reason, name)
	}
	released, err := h.release(t.Context(), ids["1.txt"])
	require.NoError(t, err)
	require.Equal(t, fileuploadv1.FileStatus_FILE_STATUS_AVAILABLE, released.GetStatus())
	content, err := h.download(t, &fileuploadv1.DownloadFileRequest{FileId: ids["1.txt"]})
	require.NoError(t, err)
	require.Equal(t, "MARK 1.txt", string(content))
	receipt := h.begin(t, &request{FileName: "1.txt", UploadId: "1.txt"}).receipt()
	require.Equal(t, ids["1.txt"], receipt.GetFileId(), "the retry of a released file gets its receipt")

	require.NoError(t, h.deleteQuarantined(t.Context(), ids["2.txt"]))
	require.Equal(t, []string{"4.txt", "3.txt", "0.txt"}, h.quarantine(t.Context(), t))
	for _, id := range []string{ids["1.txt"], ids["2.txt"], "none"} {
		_, err := h.release(t.Context(), id)
		require.Equal(t, "FILE_NOT_FOUND", refusalOf(t, err).reason)
		require.Equal(t, "FILE_NOT_FOUND", refusalOf(t, h.deleteQuarantined(t.Context(), id)).reason)
	}
}

func TestFilesInQuarantineAreOnlyForThoseTheyAreGrantedTo(t *testing.T) {
	h := scannedHarness(t, scanForMark)
	id := h.quarantined(t, "a.txt")
	for name, ctx := range map[string]context.Context{
		"another name":   granted(t.Context(), t, principal.Grants{Files: principal.Patterns{"b*"}}),
		"another tenant": rpctest.As(t.Context(), "other", "ann"),
	} {
		require.Empty(t, h.quarantine(ctx, t), name)
		_, err := h.release(ctx, id)
		require.Equal(t, "FILE_NOT_FOUND", refusalOf(t, err).reason, name)
		require.Equal(t, "FILE_NOT_FOUND", refusalOf(t, h.deleteQuarantined(ctx, id)).reason, name)
	}
	ctx := granted(t.Context(), t, principal.Grants{Files: principal.Patterns{"a*"}})
	require.Equal(t, []string{"a.txt"}, h.quarantine(ctx, t))
	_, err := h.release(ctx, id)
	require.NoError(t, err)
}

func TestABadPageOfTheQuarantineIsRefused(t *testing.T) {
	h := scannedHarness(t, scanForMark)
	_, err := h.files.ListQuarantinedFiles(t.Context(), &fileuploadv1.ListQuarantinedFilesRequest{PageSize: 1001})
	require.Equal(t, "page_size", refusalOf(t, err).field)
	_, err = h.files.ListQuarantinedFiles(t.Context(), &fileuploadv1.ListQuarantinedFilesRequest{Cursor: "x"})
	require.Equal(t, "cursor", refusalOf(t, err).field)
}

func TestAFailedScanTellsWhereToGoOn(t *testing.T) {
	down := true
	h := scannedHarness(t, func(ctx context.Context, r io.Reader) (core.ScanVerdict, error) {
		if down {
			return core.ScanVerdict{}, errors.New("no scanner")
		}
		return scanForMark(ctx, r)
	})
	content := bytes.Repeat([]byte("text "), 50_000)
	u := h.begin(t, &request{FileName: "a.txt", UploadId: "u"})
	u.sendContent(content, 0, len(content), true)
	refused := u.refusal()
	require.Equal(t, codes.Unavailable, refused.code)
	require.Equal(t, "SCAN_FAILED", refused.reason)
	require.EqualValues(t, len(content), refused.cut.GetPosition().GetDurable())
	down = false
	u = h.begin(t, &request{FileName: "a.txt", UploadId: "u"})
	require.EqualValues(t, len(content), u.hello().GetNext())
	u.send(&request{Offset: int64(len(content)), IsLastChunk: true})
	require.Equal(t, sha(content), u.receipt().GetChecksum())
}

func TestUnscannableContentIsForgotten(t *testing.T) {
	h := scannedHarness(t, func(context.Context, io.Reader) (core.ScanVerdict, error) {
		return core.ScanVerdict{}, core.ErrUnscannable
	})
	refused := h.begin(t, &request{FileName: "a.txt", UploadId: "u", Data: []byte("x"), TotalSize: new(int64(1))}).refusal()
	require.Equal(t, refusal{codes.InvalidArgument, "NOT_SCANNABLE", "", nil}, refused)
	_, err := h.files.GetUpload(t.Context(), &fileuploadv1.GetUploadRequest{UploadId: "u"})
	require.Equal(t, "UPLOAD_NOT_FOUND", refusalOf(t, err).reason)
	require.Empty(t, h.ids(t))
}
