package tests

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// check proves, when nothing is worked with, that everything acknowledged is
// there and whole or gone for good, that nothing partial shows, and that no
// durable byte was lost.
func (l *workload) check(ctx context.Context, t *testing.T) {
	t.Helper()
	listed := l.list(ctx, t)
	l.settle(listed)
	for id, file := range l.acknowledged {
		require.NotNil(t, listed[id], "%s was acknowledged", file.name)
		file.checkRevision(t, listed[id])
	}
	for id, file := range listed {
		require.NotContains(t, l.deleted, id, "%s was deleted", file.GetFileName())
		w := l.begun[file.GetFileName()]
		require.NotNil(t, w, "nobody uploaded %s", file.GetFileName())
		require.NotContains(t, l.aborted, w, "%s was aborted", w.name)
		l.server().requireStored(ctx, t, id, w.name, w.content)
	}
	l.checkUploads(ctx, t)
	l.trim(ctx, t)
}

// settle decides by what is there what became of the changes that got no
// answer. What was decided stays so from here on.
func (l *workload) settle(listed map[string]*fileuploadv1.File) {
	for id, file := range l.deleting {
		if listed[id] != nil {
			l.acknowledged[id] = file
		} else {
			l.deleted[id] = file
		}
	}
	clear(l.deleting)
	for id, file := range listed {
		if duplicate := l.copying[file.GetFileName()]; duplicate != nil {
			l.acknowledged[id] = duplicate
			delete(l.copying, file.GetFileName())
		}
	}
	for name := range l.copying {
		delete(l.begun, name) // It must not show any more.
	}
	clear(l.copying)
}

// checkRevision wants the metadata that was acknowledged last, or that of an
// update without an answer.
func (k *kept) checkRevision(t *testing.T, file *fileuploadv1.File) {
	t.Helper()
	found := 0
	if text := file.GetMetadata()[revisionKey]; text != "" {
		var err error
		found, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	require.Contains(t, []int{k.revision, k.asked}, found, "revision of %s", k.name)
	k.revision, k.asked = found, found
}

// checkUploads wants what was aborted to stay so, and the others to have kept
// what was durable.
func (l *workload) checkUploads(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, w := range l.aborting {
		if l.statusOf(ctx, t, w) == fileuploadv1.UploadStatus_UPLOAD_STATUS_ABORTED {
			l.aborted = append(l.aborted, w)
		} else {
			l.open = append(l.open, w)
		}
	}
	l.aborting = nil
	for _, w := range l.aborted {
		require.Equal(t, fileuploadv1.UploadStatus_UPLOAD_STATUS_ABORTED, l.statusOf(ctx, t, w), w.name)
	}
	for _, w := range l.open {
		l.checkOpen(ctx, t, w)
	}
}

// statusOf returns the status of an upload; that of one that the server does
// not know is unspecified.
func (l *workload) statusOf(ctx context.Context, t *testing.T, w *work) fileuploadv1.UploadStatus {
	t.Helper()
	answer, err := l.server().files.GetUpload(ctx, &fileuploadv1.GetUploadRequest{UploadId: w.id})
	if refusalOf(err).code == codes.NotFound {
		return fileuploadv1.UploadStatus_UPLOAD_STATUS_UNSPECIFIED
	}
	require.NoError(t, err)
	return answer.GetUpload().GetStatus()
}

// checkOpen wants an upload without a receipt to have kept what was durable.
func (l *workload) checkOpen(ctx context.Context, t *testing.T, w *work) {
	t.Helper()
	answer, err := l.server().files.GetUpload(ctx, &fileuploadv1.GetUploadRequest{UploadId: w.id})
	if refusalOf(err).code == codes.NotFound {
		require.Zero(t, w.durable.Load(), "%s is gone, of which bytes were durable", w.name)
		return
	}
	require.NoError(t, err)
	position := answer.GetUpload().GetPosition()
	require.GreaterOrEqual(t, position.GetDurable(), w.durable.Load(), w.name)
	if answer.GetUpload().GetStatus() == fileuploadv1.UploadStatus_UPLOAD_STATUS_RECEIVING {
		require.Equal(t, position.GetDurable(), position.GetReceived(), "a crash drops what was not durable")
	}
	w.told(position.GetDurable())
}

func (l *workload) list(ctx context.Context, t *testing.T) map[string]*fileuploadv1.File {
	t.Helper()
	listed := make(map[string]*fileuploadv1.File)
	request := &fileuploadv1.ListFilesRequest{PageSize: 7}
	for {
		page, err := l.server().files.ListFiles(ctx, proto.CloneOf(request))
		require.NoError(t, err)
		for _, file := range page.GetFiles() {
			require.Nil(t, listed[file.GetFileId()], "a page repeats a file")
			listed[file.GetFileId()] = file
		}
		if page.GetNextCursor() == "" {
			return listed
		}
		request.Cursor = page.GetNextCursor()
	}
}

// trim deletes the oldest acknowledged files when there are too many.
func (l *workload) trim(ctx context.Context, t *testing.T) {
	t.Helper()
	ids := slices.Sorted(maps.Keys(l.acknowledged))
	for len(ids) > keptFiles {
		id := ids[0]
		ids = ids[1:]
		_, err := l.server().files.DeleteFile(ctx, &fileuploadv1.DeleteFileRequest{FileId: id})
		require.NoError(t, err)
		l.acknowledged[id].deleted = true
		l.deleted[id] = l.acknowledged[id]
		delete(l.acknowledged, id)
	}
}
