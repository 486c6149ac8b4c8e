package api_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"pgregory.net/rapid"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
)

func namesGranted(patterns ...string) principal.Grants { return principal.Grants{Files: patterns} }

// uploadOnce sends a whole file in one message.
func (h *harness) uploadOnce(ctx context.Context, t testing.TB, first *request) (*fileuploadv1.UploadFileResponse, error) {
	t.Helper()
	stream, err := h.files.UploadFile(ctx)
	require.NoError(t, err)
	if err := stream.Send(first); err != nil {
		require.ErrorIs(t, err, io.EOF)
	}
	return stream.CloseAndRecv()
}

func TestAFileOfAnotherNameIsRefused(t *testing.T) {
	h := newHarness(t)
	ctx := granted(t.Context(), t, namesGranted("a%_.*", "b.txt"))
	for name, allowed := range map[string]bool{"a%_.txt": true, "b.txt": true, "aXY.txt": false, "bb.txt": false, "c.txt": false} {
		_, err := h.uploadOnce(ctx, t, &request{FileName: name, Data: []byte("x"), IsLastChunk: true})
		if allowed {
			require.NoError(t, err, name)
			continue
		}
		refused := refusalOf(t, err)
		require.Equal(t, codes.PermissionDenied, refused.code, name)
		require.Equal(t, "PERMISSION_DENIED", refused.reason)
		require.Equal(t, "file_name", refused.field)
	}
	list, err := h.files.ListFiles(t.Context(), &fileuploadv1.ListFilesRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetFiles(), 2)
}

// fileCalls are all the calls that name a file.
func (h *harness) fileCalls() map[string]func(ctx context.Context, id string) error {
	return map[string]func(ctx context.Context, id string) error{
		"GetFile": func(ctx context.Context, id string) error {
			_, err := h.files.GetFile(ctx, &fileuploadv1.GetFileRequest{FileId: id})
			return err
		},
		"DownloadFile": func(ctx context.Context, id string) error {
			out, err := h.files.DownloadFile(ctx, &fileuploadv1.DownloadFileRequest{FileId: id})
			if err == nil {
				_, err = out.Recv()
			}
			return err
		},
		"UpdateFile": func(ctx context.Context, id string) error {
			_, err := h.files.UpdateFile(ctx, &fileuploadv1.UpdateFileRequest{
				FileId: id, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"metadata"}}, Metadata: map[string]string{"k": "v"},
			})
			return err
		},
		"UpdateFile that cannot be": func(ctx context.Context, id string) error {
			_, err := h.files.UpdateFile(ctx, &fileuploadv1.UpdateFileRequest{
				FileId: id, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"metadata"}}, Metadata: map[string]string{"": "v"},
			})
			return err
		},
		"CopyFile": func(ctx context.Context, id string) error {
			_, err := h.files.CopyFile(ctx, &fileuploadv1.CopyFileRequest{FileId: id})
			return err
		},
		"CopyFile to another name": func(ctx context.Context, id string) error {
			_, err := h.files.CopyFile(ctx, &fileuploadv1.CopyFileRequest{FileId: id, FileName: "c.txt"})
			return err
		},
		"VerifyFile": func(ctx context.Context, id string) error {
			_, err := h.files.VerifyFile(ctx, &fileuploadv1.VerifyFileRequest{FileId: id})
			return err
		},
		"DeleteFile": func(ctx context.Context, id string) error {
			_, err := h.files.DeleteFile(ctx, &fileuploadv1.DeleteFileRequest{FileId: id})
			return err
		},
	}
}

func TestAFileThatIsNotGrantedLooksAbsent(t *testing.T) {
	h := newHarness(t)
	ctx := granted(t.Context(), t, namesGranted("a*"))
	foreign := h.stored(t, "b.txt", []byte("secret")).GetFileId()
	absent := uuid.Must(uuid.NewV7()).String()
	for name, call := range h.fileCalls() {
		refused := call(ctx, foreign)
		require.Equal(t, "FILE_NOT_FOUND", refusalOf(t, refused).reason, name)
		requireSame(t, call(ctx, absent), absent, refused, foreign)
	}
	file, err := h.files.GetFile(t.Context(), &fileuploadv1.GetFileRequest{FileId: foreign})
	require.NoError(t, err, "nothing has touched it")
	require.Empty(t, file.GetFile().GetMetadata())
}

// requireSame requires two refusals to be the same but for the identifiers in
// their texts.
func requireSame(t *testing.T, a error, ofA string, b error, ofB string) {
	t.Helper()
	textOf := func(err error, id string) []string {
		st := grpcstatus.Convert(err)
		texts := []string{st.Code().String(), replaced(st.Message(), id)}
		for _, detail := range st.Details() {
			message, ok := detail.(proto.Message)
			require.True(t, ok)
			encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
			require.NoError(t, err)
			texts = append(texts, replaced(string(encoded), id))
		}
		return texts
	}
	require.Equal(t, textOf(a, ofA), textOf(b, ofB))
}

func replaced(text, id string) string { return strings.ReplaceAll(text, id, "ID") }

func TestAGrantedFileIsReachedByEveryCall(t *testing.T) {
	h := newHarness(t)
	ctx := granted(t.Context(), t, namesGranted("a*", "c.txt"))
	for name, call := range h.fileCalls() {
		err := call(ctx, h.stored(t, "a.txt", []byte("mine")).GetFileId())
		if name == "UpdateFile that cannot be" {
			require.Equal(t, "FIELD_INVALID", refusalOf(t, err).reason)
			continue
		}
		require.NoError(t, err, name)
	}
}

func TestACopyNeedsItsNewNameGrantedToo(t *testing.T) {
	h := newHarness(t)
	id := h.stored(t, "a.txt", []byte("mine")).GetFileId()
	_, err := h.files.CopyFile(granted(t.Context(), t, namesGranted("a*")), &fileuploadv1.CopyFileRequest{FileId: id, FileName: "b.txt"})
	refused := refusalOf(t, err)
	require.Equal(t, codes.PermissionDenied, refused.code)
	require.Equal(t, "file_name", refused.field)
}

// uploadCalls are all the calls that name an upload.
func (h *harness) uploadCalls() map[string]func(ctx context.Context, id string) error {
	return map[string]func(ctx context.Context, id string) error{
		"GetUpload": func(ctx context.Context, id string) error {
			_, err := h.files.GetUpload(ctx, &fileuploadv1.GetUploadRequest{UploadId: id})
			return err
		},
		"WatchUpload": func(ctx context.Context, id string) error {
			watch, err := h.files.WatchUpload(ctx, &fileuploadv1.WatchUploadRequest{UploadId: id})
			if err == nil {
				_, err = watch.Recv()
			}
			return err
		},
		"AbortUpload": func(ctx context.Context, id string) error {
			_, err := h.files.AbortUpload(ctx, &fileuploadv1.AbortUploadRequest{UploadId: id})
			return err
		},
	}
}

func TestAnUploadThatIsNotGrantedLooksAbsent(t *testing.T) {
	h := newHarness(t)
	ctx := granted(t.Context(), t, namesGranted("a*"))
	for _, name := range []string{"a.txt", "b.txt"} {
		u := h.begin(t, &request{FileName: name, UploadId: name, Data: []byte("x")})
		u.hello()
	}
	for name, call := range h.uploadCalls() {
		refused := call(ctx, "b.txt")
		require.Equal(t, "UPLOAD_NOT_FOUND", refusalOf(t, refused).reason, name)
		requireSame(t, call(ctx, "n.one"), "n.one", refused, "b.txt")
	}
	list, err := h.files.ListUploads(ctx, &fileuploadv1.ListUploadsRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetUploads(), 1)
	require.Equal(t, "a.txt", list.GetUploads()[0].GetFileName())
	upload, err := h.files.GetUpload(t.Context(), &fileuploadv1.GetUploadRequest{UploadId: "b.txt"})
	require.NoError(t, err)
	require.Equal(t, fileuploadv1.UploadStatus_UPLOAD_STATUS_RECEIVING, upload.GetUpload().GetStatus(), "nobody has aborted it")
	for name, call := range h.uploadCalls() {
		require.NoError(t, call(ctx, "a.txt"), name)
	}
}

func TestAConfinedPrincipalSeesExactlyWhatAReferenceKeeps(t *testing.T) {
	h := newHarness(t)
	names := []string{"a%_.*x.txt", "a%_.txt", "aXY.txt", "a.txt", "b.txt", "ä.txt", "äx.txt", "%.txt", "_x.txt"}
	for _, name := range names {
		h.stored(t, name, []byte("x"))
	}
	rapid.Check(t, func(r *rapid.T) {
		grants := namesGranted(rapid.SliceOfN(rapid.StringMatching(`[ab%_.äX]{1,3}(\*|\.txt)`), 0, 3).Draw(r, "names")...)
		prefix := rapid.SampledFrom([]string{"", "a", "ä", "%"}).Draw(r, "prefix")
		want := map[string]bool{}
		for _, name := range names {
			if grants.Files.Allow(name) && len(name) >= len(prefix) && name[:len(prefix)] == prefix {
				want[name] = true
			}
		}
		seen := map[string]bool{}
		list := &fileuploadv1.ListFilesRequest{NamePrefix: prefix, PageSize: 2}
		for {
			found, err := h.files.ListFiles(granted(t.Context(), r, grants), list)
			require.NoError(r, err)
			for _, file := range found.GetFiles() {
				require.False(r, seen[file.GetFileName()])
				seen[file.GetFileName()] = true
			}
			if list.Cursor = found.GetNextCursor(); list.GetCursor() == "" {
				break
			}
		}
		require.Equal(r, want, seen)
	})
}

func TestAWatchEndsAsBeforeForAGrantedUpload(t *testing.T) {
	h := newHarness(t)
	ctx := granted(t.Context(), t, namesGranted("a*"))
	u := h.begin(t, &request{FileName: "a.txt", UploadId: "u", Data: []byte("x")})
	u.hello()
	watch, err := h.files.WatchUpload(ctx, &fileuploadv1.WatchUploadRequest{UploadId: "u"})
	require.NoError(t, err)
	_, err = watch.Recv()
	require.NoError(t, err)
	u.send(&request{Offset: 1, IsLastChunk: true})
	u.receipt()
	for err == nil {
		_, err = watch.Recv()
	}
	require.ErrorIs(t, err, io.EOF)
}
