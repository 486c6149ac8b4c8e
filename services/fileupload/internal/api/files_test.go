package api_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

func TestDownloadRanges(t *testing.T) {
	h := newHarness(t)
	content := random(600 << 10)
	id := h.stored(t, "a.bin", content).GetFileId()
	size := int64(len(content))
	for _, r := range []struct {
		offset int64
		length *int64
		end    int64
	}{
		{0, nil, size}, {1, nil, size}, {size, nil, size}, {0, proto.Int64(0), 0},
		{300 << 10, proto.Int64(5), 300<<10 + 5}, {size - 1, proto.Int64(100), size},
	} {
		got, err := h.download(t, &fileuploadv1.DownloadFileRequest{FileId: id, Offset: r.offset, Length: r.length})
		require.NoError(t, err)
		require.Equal(t, string(content[r.offset:r.end]), string(got))
	}
	for field, bad := range map[string]*fileuploadv1.DownloadFileRequest{
		"offset": {FileId: id, Offset: size + 1}, "length": {FileId: id, Length: proto.Int64(-1)},
	} {
		_, err := h.download(t, bad)
		require.Equal(t, refusal{codes.OutOfRange, "RANGE_INVALID", field, nil}, refusalOf(t, err))
	}
	_, err := h.download(t, &fileuploadv1.DownloadFileRequest{FileId: id, Offset: -1})
	require.Equal(t, "RANGE_INVALID", refusalOf(t, err).reason)
}

func TestRotIsFound(t *testing.T) {
	h := newHarness(t)
	id := h.stored(t, "a.bin", random(300<<10)).GetFileId()
	verified, err := h.files.VerifyFile(t.Context(), &fileuploadv1.VerifyFileRequest{FileId: id})
	require.NoError(t, err)
	require.True(t, verified.GetIntact())
	h.rot(t, id)
	verified, err = h.files.VerifyFile(t.Context(), &fileuploadv1.VerifyFileRequest{FileId: id})
	require.NoError(t, err)
	require.False(t, verified.GetIntact())
	require.NotEmpty(t, verified.GetDamage())
	_, err = h.download(t, &fileuploadv1.DownloadFileRequest{FileId: id})
	require.Equal(t, refusal{codes.DataLoss, "CONTENT_DAMAGED", "", nil}, refusalOf(t, err))
}

// rot flips a bit in the stored content.
func (h *harness) rot(t *testing.T, id string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(h.dir, "blobs", "*", id))
	require.NoError(t, err)
	require.Len(t, paths, 1)
	content, err := os.ReadFile(paths[0])
	require.NoError(t, err)
	content[len(content)/2] ^= 1
	require.NoError(t, os.WriteFile(paths[0], content, 0o600))
}

func TestUpdate(t *testing.T) {
	h := newHarness(t)
	id := h.stored(t, "a.txt", []byte("hello")).GetFileId()
	later := time.Now().Add(time.Hour)
	updated, err := h.files.UpdateFile(t.Context(), &fileuploadv1.UpdateFileRequest{
		FileId: id, Metadata: map[string]string{"k": "v"}, ExpireTime: timestamppb.New(later),
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"metadata", "expire_time"}},
	})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"k": "v"}, updated.GetFile().GetMetadata())
	require.WithinDuration(t, later, updated.GetFile().GetExpireTime().AsTime(), time.Millisecond)
	kept, err := h.files.UpdateFile(t.Context(), &fileuploadv1.UpdateFileRequest{
		FileId: id, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"metadata"}},
	})
	require.NoError(t, err)
	require.Empty(t, kept.GetFile().GetMetadata())
	require.NotNil(t, kept.GetFile().GetExpireTime(), "what the mask does not name stays")
	for field, bad := range map[string]*fileuploadv1.UpdateFileRequest{
		"update_mask": {FileId: id, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"size"}}},
		"expire_time": {FileId: id, ExpireTime: timestamppb.New(time.Now().Add(-time.Hour)), UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"expire_time"}}},
		"metadata":    {FileId: id, Metadata: map[string]string{"": ""}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"metadata"}}},
	} {
		_, err := h.files.UpdateFile(t.Context(), bad)
		require.Equal(t, refusal{codes.InvalidArgument, "FIELD_INVALID", field, nil}, refusalOf(t, err))
	}
	_, expired, err := h.janitor.Expire(t.Context(), time.Now().Add(2*time.Hour))
	require.NoError(t, err)
	require.Equal(t, 1, expired)
	_, err = h.files.GetFile(t.Context(), &fileuploadv1.GetFileRequest{FileId: id})
	require.Equal(t, refusal{codes.NotFound, "FILE_NOT_FOUND", "file_id", nil}, refusalOf(t, err))
	require.Empty(t, h.ids(t))
}

func TestACopyHasALifeOfItsOwn(t *testing.T) {
	h := newHarness(t)
	content := random(100 << 10)
	id := h.stored(t, "a.bin", content).GetFileId()
	duplicate, err := h.files.CopyFile(t.Context(), &fileuploadv1.CopyFileRequest{FileId: id, FileName: "b.bin"})
	require.NoError(t, err)
	require.Equal(t, "b.bin", duplicate.GetFile().GetFileName())
	require.NotEqual(t, id, duplicate.GetFile().GetFileId())
	_, err = h.files.DeleteFile(t.Context(), &fileuploadv1.DeleteFileRequest{FileId: id})
	require.NoError(t, err)
	got, err := h.download(t, &fileuploadv1.DownloadFileRequest{FileId: duplicate.GetFile().GetFileId()})
	require.NoError(t, err)
	require.Equal(t, content, got)
	for name, reason := range map[string]string{"../b.bin": "NAME_INVALID", "b.exe": "TYPE_NOT_ALLOWED", "b.png": "TYPE_MISMATCH"} {
		_, err := h.files.CopyFile(t.Context(), &fileuploadv1.CopyFileRequest{FileId: duplicate.GetFile().GetFileId(), FileName: name})
		require.Equal(t, reason, refusalOf(t, err).reason)
	}
	require.Len(t, h.ids(t), 1)
}

func TestFilesAreListedByNameAndPage(t *testing.T) {
	h := newHarness(t)
	for _, name := range []string{"a1.txt", "a2.txt", "b.txt", "A.txt", "a%.txt"} {
		h.stored(t, name, []byte(name))
	}
	var names []string
	cursor := ""
	for {
		list, err := h.files.ListFiles(t.Context(), &fileuploadv1.ListFilesRequest{PageSize: 2, NamePrefix: "a", Cursor: cursor})
		require.NoError(t, err)
		for _, file := range list.GetFiles() {
			names = append(names, file.GetFileName())
		}
		if cursor = list.GetNextCursor(); cursor == "" {
			break
		}
	}
	require.Equal(t, []string{"a%.txt", "a2.txt", "a1.txt"}, names)
}

func TestAFileThatIsNotThere(t *testing.T) {
	h := newHarness(t)
	want := refusal{codes.NotFound, "FILE_NOT_FOUND", "file_id", nil}
	_, err := h.files.GetFile(t.Context(), &fileuploadv1.GetFileRequest{FileId: "none"})
	require.Equal(t, want, refusalOf(t, err))
	_, err = h.files.DeleteFile(t.Context(), &fileuploadv1.DeleteFileRequest{FileId: "none"})
	require.Equal(t, want, refusalOf(t, err))
	_, err = h.files.CopyFile(t.Context(), &fileuploadv1.CopyFileRequest{FileId: "none"})
	require.Equal(t, want, refusalOf(t, err))
	_, err = h.files.VerifyFile(t.Context(), &fileuploadv1.VerifyFileRequest{FileId: "none"})
	require.Equal(t, want, refusalOf(t, err))
	_, err = h.download(t, &fileuploadv1.DownloadFileRequest{FileId: "none"})
	require.Equal(t, want, refusalOf(t, err))
	_, err = h.files.UpdateFile(t.Context(), &fileuploadv1.UpdateFileRequest{FileId: "none", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"metadata"}}})
	require.Equal(t, want, refusalOf(t, err))
}
