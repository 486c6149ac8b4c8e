package tests

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// sweepTime bounds how long the server may take to look after what a crash
// left behind.
const sweepTime = 30 * time.Second

// sweepInterval is how often it looks, in place of its default of a minute.
const sweepInterval = "100ms"

// dataFolder is what a data folder holds of content: the sizes by identifiers.
type dataFolder struct {
	parts, blobs, lost map[string]int64
	// others are the files that nobody knows, relative to the folder.
	others []string
}

func readDataFolder(dir string) (dataFolder, error) {
	found := dataFolder{parts: map[string]int64{}, blobs: map[string]int64{}, lost: map[string]int64{}}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return ignoreGone(err)
		}
		info, err := entry.Info()
		if err != nil {
			return ignoreGone(err)
		}
		name, err := filepath.Rel(dir, path)
		found.add(filepath.ToSlash(name), info.Size())
		return err
	})
	return found, err
}

// ignoreGone drops the error of what was removed meanwhile.
func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (f *dataFolder) add(name string, size int64) {
	folder, rest, _ := strings.Cut(name, "/")
	switch folder {
	case "LOCK", "STORE_ID", "catalog.db", "catalog.db-wal", "catalog.db-shm":
	case "parts":
		f.parts[strings.TrimSuffix(rest, ".part")] = size
	case "blobs":
		_, id, _ := strings.Cut(rest, "/")
		f.blobs[id] = size
	case "lost":
		f.lost[rest[strings.LastIndex(rest, ".")+1:]] = size
	default:
		f.others = append(f.others, name)
	}
}

// unfinished returns the identifiers of what is no stored file.
func (f *dataFolder) unfinished(listed map[string]*fileuploadv1.File) map[string]bool {
	ids := make(map[string]bool)
	for id := range f.parts {
		ids[id] = true
	}
	for id := range f.blobs {
		if listed[id] == nil {
			ids[id] = true
		}
	}
	return ids
}

// requireOnlyKnownContent restarts the server so that it looks often after what
// crashes left behind, and wants the data folder then to hold the content of the
// files, one part or blob at most for each unfinished upload, and nothing else.
// Then it finishes the uploads and wants the content of the files alone.
func (c crashes) requireOnlyKnownContent(ctx context.Context, t *testing.T, load *workload) {
	t.Helper()
	c.server.Restart("--janitor-interval", sweepInterval)
	listed := load.list(ctx, t)
	some, all := load.receiving(ctx, t)
	require.EventuallyWithT(t, func(ct *assert.CollectT) {
		found := c.requireFiles(ct, load, listed)
		unfinished := len(found.unfinished(listed))
		require.GreaterOrEqual(ct, unfinished, some, "of %d uploads bytes are durable", some)
		require.LessOrEqual(ct, unfinished, all, "there are %d unfinished uploads: %v", all, found)
	}, sweepTime, 50*time.Millisecond)

	load.finish(ctx, t)
	listed = load.list(ctx, t)
	require.EventuallyWithT(t, func(ct *assert.CollectT) {
		found := c.requireFiles(ct, load, listed)
		require.Empty(ct, found.unfinished(listed), "no upload is unfinished")
	}, sweepTime, 50*time.Millisecond)
}

// requireFiles wants the blob of each file to be there in its size, no file to
// be among what was set aside, and nothing of a file that was deleted.
func (c crashes) requireFiles(ct *assert.CollectT, load *workload, listed map[string]*fileuploadv1.File) dataFolder {
	found, err := readDataFolder(c.server.dataDir)
	require.NoError(ct, err)
	require.Empty(ct, found.others)
	for id, file := range listed {
		require.Contains(ct, found.blobs, id, file.GetFileName())
		require.Equal(ct, file.GetSize(), found.blobs[id], file.GetFileName())
		require.NotContains(ct, found.parts, id, file.GetFileName())
		require.NotContains(ct, found.lost, id, file.GetFileName())
	}
	for id, acknowledged := range load.deleted {
		require.NotContains(ct, found.blobs, id, "was deleted")
		if acknowledged && !c.unlinksReturn {
			require.NotContains(ct, found.lost, id, "was deleted")
		}
	}
	return found
}

// receiving counts the uploads that are unfinished: those of which bytes are
// durable, and all.
func (l *workload) receiving(ctx context.Context, t *testing.T) (some, all int) {
	t.Helper()
	request := &fileuploadv1.ListUploadsRequest{
		PageSize: 7,
		Statuses: []fileuploadv1.UploadStatus{fileuploadv1.UploadStatus_UPLOAD_STATUS_RECEIVING},
	}
	for {
		page, err := l.files.ListUploads(ctx, proto.CloneOf(request))
		require.NoError(t, err)
		for _, upload := range page.GetUploads() {
			all++
			if upload.GetPosition().GetDurable() > 0 {
				some++
			}
		}
		if page.GetNextCursor() == "" {
			return some, all
		}
		request.Cursor = page.GetNextCursor()
	}
}

// finish goes on with the open uploads up to their receipts.
func (l *workload) finish(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, w := range l.open {
		receipt, err := l.upload(ctx, w)
		require.NoError(t, err, w.name)
		l.acknowledged[receipt.GetFileId()] = &kept{work: w}
	}
	l.open = nil
	_, all := l.receiving(ctx, t)
	require.Zero(t, all, "uploads that nobody began")
}
