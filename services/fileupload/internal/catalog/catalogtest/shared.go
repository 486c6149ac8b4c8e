package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var sharedContracts = []contract{
	{"everything is there after the catalog was opened anew", survivesReopening},
	{"of many that create one upload one succeeds", createsOnce},
	{"many work side by side", worksSideBySide},
	{"a change whose context has ended changes nothing", heedsContext},
}

func survivesReopening(t *testing.T, open Opener) {
	catalog := open(t)
	going, stopped := receiving("going"), receiving("stopped")
	create(t, catalog, going, stopped)
	require.NoError(t, catalog.AbortUpload(t.Context(), stopped.UploadKey, at(2), at(3)))
	done, file := complete(t, catalog, receiving("done"))

	catalog = open(t)
	requireUpload(t, catalog, going)
	requireUpload(t, catalog, done)
	requireFile(t, catalog, file)
	found, err := catalog.FindUpload(t.Context(), stopped.UploadKey)
	require.NoError(t, err)
	require.Equal(t, core.Aborted, found.Status)
}

func createsOnce(t *testing.T, open Opener) {
	catalog := open(t)
	var created atomic.Int32
	var group errgroup.Group
	for i := range 16 {
		group.Go(func() error {
			upload := receiving("contested")
			upload.FileID = fmt.Sprint(i)
			err := catalog.CreateUpload(t.Context(), upload, core.Quota{})
			if err == nil {
				created.Add(1)
			}
			if errors.Is(err, core.ErrExists) {
				return nil
			}
			return err
		})
	}
	require.NoError(t, group.Wait())
	require.Equal(t, int32(1), created.Load())
}

func worksSideBySide(t *testing.T, open Opener) {
	catalog := open(t)
	const workers, each = 8, 10
	var group errgroup.Group
	for worker := range workers {
		group.Go(func() error {
			for i := range each {
				if err := liveOnce(t.Context(), catalog, fmt.Sprintf("w%d-%d", worker, i)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
	found, err := catalog.ListFiles(t.Context(), core.FileQuery{Tenant: "acme", Limit: 1000})
	require.NoError(t, err)
	require.Len(t, found, workers*each)
}

// liveOnce takes an upload from its creation to its file, reading in between.
func liveOnce(ctx context.Context, catalog core.Catalog, id string) error {
	upload := receiving(id)
	if err := catalog.CreateUpload(ctx, upload, core.Quota{}); err != nil {
		return err
	}
	upload.Checkpoint = core.Checkpoint{Offset: 5}
	if err := catalog.SaveCheckpoint(ctx, upload); err != nil {
		return err
	}
	found, err := catalog.FindUpload(ctx, upload.UploadKey)
	if err != nil {
		return err
	}
	if found.Checkpoint.Offset != 5 {
		return fmt.Errorf("%s: a change that returned is not seen", id)
	}
	if _, err := catalog.ListUploads(ctx, core.UploadQuery{Tenant: "acme", Subject: "ann", Limit: 3}); err != nil {
		return err
	}
	done, file := finished(upload, at(5))
	return catalog.CompleteUpload(ctx, done, file, core.Quota{})
}

func heedsContext(t *testing.T, open Opener) {
	catalog, upload := open(t), receiving("a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	done, file := finished(upload, at(5))
	require.ErrorIs(t, catalog.CreateUpload(ctx, upload, core.Quota{}), context.Canceled)
	require.ErrorIs(t, catalog.CompleteUpload(ctx, done, file, core.Quota{}), context.Canceled)
	require.ErrorIs(t, catalog.CreateFile(ctx, file, core.Quota{}), context.Canceled)
	_, err := catalog.FindUpload(ctx, upload.UploadKey)
	require.ErrorIs(t, err, context.Canceled)
	requireNoUpload(t, catalog, upload.UploadKey)
	requireNoFile(t, catalog, file.Tenant, file.ID)

	create(t, catalog, upload)
	require.ErrorIs(t, catalog.AbortUpload(ctx, upload.UploadKey, at(2), at(3)), context.Canceled)
	require.ErrorIs(t, catalog.DeleteUpload(ctx, upload.UploadKey), context.Canceled)
	_, err = catalog.DeleteExpiredUpload(ctx, upload.UploadKey, at(5000))
	require.ErrorIs(t, err, context.Canceled)
	_, err = catalog.DeleteExpiredFile(ctx, file.ID, at(5000))
	require.ErrorIs(t, err, context.Canceled)
	requireUpload(t, catalog, upload)
}
