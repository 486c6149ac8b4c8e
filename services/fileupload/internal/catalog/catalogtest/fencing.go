package catalogtest

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var fencingContracts = []contract{
	{"the next stream is counted and returned", continuesUpload},
	{"only a receiving upload is continued", refusesToContinue},
	{"an older stream changes nothing", fencesOlderStreams},
	{"a stream of an upload that had the key before saves no checkpoint", fencesEarlierUploads},
	{"streams that begin at once have numbers of their own", numbersStreams},
	{"a completion beside the next stream is before it or fenced", completesBesideNextStream},
}

func continuesUpload(t *testing.T, open Opener) {
	catalog, want, other := open(t), receiving("a"), receiving("b")
	want.Reserved = 9
	create(t, catalog, want, other)
	for stream := 4; stream < 7; stream++ {
		want.Checkpoint.Streams, want.UpdatedAt, want.ExpiresAt = stream, at(10+stream), at(2000+stream)
		got, err := catalog.ContinueUpload(t.Context(), want.UploadKey, imprecise(want.UpdatedAt), imprecise(want.ExpiresAt))
		require.NoError(t, err)
		require.Equal(t, want, got)
		requireUpload(t, catalog, want)
	}
	requireUpload(t, catalog, other)
}

func refusesToContinue(t *testing.T, open Opener) {
	catalog := open(t)
	uploads := ofEveryEnd(t, catalog)
	for _, upload := range uploads {
		_, err := catalog.ContinueUpload(t.Context(), upload.UploadKey, at(50), at(60))
		require.ErrorIs(t, err, core.ErrNotFound, upload.UploadID)
	}
	requireUnchanged(t, catalog, uploads)
}

func fencesOlderStreams(t *testing.T, open Opener) {
	catalog, old := open(t), receiving("a")
	create(t, catalog, old)
	newest, err := catalog.ContinueUpload(t.Context(), old.UploadKey, at(20), at(2000))
	require.NoError(t, err)

	old.Checkpoint.Offset = 1
	require.ErrorIs(t, catalog.SaveCheckpoint(t.Context(), old), core.ErrFenced)
	for _, quota := range []core.Quota{{}, {Bytes: 1 << 50}} {
		require.ErrorIs(t, catalog.Reserve(t.Context(), onStream(old, 3), 77, quota), core.ErrFenced)
		completion := registered(old, at(30))
		completion.Quota = quota
		_, err = catalog.CompleteUpload(t.Context(), completion)
		require.ErrorIs(t, err, core.ErrFenced)
	}
	require.ErrorIs(t, forget(t.Context(), catalog, old, 3), core.ErrFenced)
	requireUpload(t, catalog, newest)
	requireNoFile(t, catalog, old.Tenant, old.FileID)

	newest.Checkpoint.Offset, newest.Reserved = 2, 78
	require.NoError(t, catalog.SaveCheckpoint(t.Context(), newest))
	require.NoError(t, catalog.Reserve(t.Context(), onStream(newest, 4), 78, core.Quota{}))
	requireUpload(t, catalog, newest)
	completeRegistered(t, catalog, newest)
}

func fencesEarlierUploads(t *testing.T, open Opener) {
	catalog, earlier := open(t), receiving("a")
	create(t, catalog, earlier)
	require.NoError(t, forget(t.Context(), catalog, earlier, 3))
	anew := earlier
	anew.FileID = "another-part"
	create(t, catalog, anew)
	earlier.Checkpoint.Offset = 1
	require.ErrorIs(t, catalog.SaveCheckpoint(t.Context(), earlier), core.ErrFenced)
	require.ErrorIs(t, catalog.Reserve(t.Context(), earlier, 77, core.Quota{}), core.ErrFenced)
	require.ErrorIs(t, forget(t.Context(), catalog, earlier, 3), core.ErrFenced)
	_, err := catalog.CompleteUpload(t.Context(), registered(earlier, at(5)))
	require.ErrorIs(t, err, core.ErrFenced)
	requireUpload(t, catalog, anew)
}

func numbersStreams(t *testing.T, open Opener) {
	catalog, upload := open(t), receiving("a")
	upload.Checkpoint.Streams = 0
	create(t, catalog, upload)
	const streams = 16
	numbers := make([]int, streams)
	var group errgroup.Group
	for i := range numbers {
		group.Go(func() error {
			got, err := catalog.ContinueUpload(t.Context(), upload.UploadKey, at(i), at(2000+i))
			numbers[i] = got.Checkpoint.Streams
			return err
		})
	}
	require.NoError(t, group.Wait())
	want := make([]int, streams)
	for i := range want {
		want[i] = i + 1
	}
	require.ElementsMatch(t, want, numbers)
}

func completesBesideNextStream(t *testing.T, open Opener) {
	catalog := open(t)
	for range 20 {
		upload := receiving(nextID())
		create(t, catalog, upload)
		var completed, continued atomic.Bool
		var group errgroup.Group
		group.Go(func() error {
			_, err := catalog.CompleteUpload(t.Context(), registered(upload, at(5)))
			completed.Store(err == nil)
			return unless(err, core.ErrFenced)
		})
		group.Go(func() error {
			_, err := catalog.ContinueUpload(t.Context(), upload.UploadKey, at(6), at(2000))
			continued.Store(err == nil)
			return unless(err, core.ErrNotFound)
		})
		require.NoError(t, group.Wait())
		require.NotEqual(t, completed.Load(), continued.Load())
		_, err := catalog.FindFile(t.Context(), upload.Tenant, upload.FileID)
		require.Equal(t, completed.Load(), err == nil)
	}
}

// unless returns an error that is not the one that may be.
func unless(err, allowed error) error {
	if errors.Is(err, allowed) {
		return nil
	}
	return err
}
