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
	held, heldFile := settled(t, catalog, quarantined(finished(receiving("held"), at(5))))
	require.NoError(t, catalog.SaveVerdicts(t.Context(), []core.Verdict{{BlobID: file.BlobID, At: at(60), Damage: "rot"}}))
	file.VerifiedAt, file.DamagedAt, file.Damage = at(60), at(60), "rot"

	catalog = open(t)
	requireUpload(t, catalog, going)
	requireUpload(t, catalog, done)
	requireFile(t, catalog, file)
	requireUpload(t, catalog, held)
	requireFile(t, catalog, heldFile)
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
	found, err := catalog.ListFiles(t.Context(), core.FileQuery{Tenant: "acme", Status: core.FileAvailable, Limit: 1000})
	require.NoError(t, err)
	require.Len(t, found, workers*each)
}

// liveOnce takes an upload from its creation to its file, reading in between.
func liveOnce(ctx context.Context, catalog core.Catalog, id string) error {
	upload := receiving(id)
	if err := catalog.CreateUpload(ctx, upload, core.Quota{}); err != nil {
		return err
	}
	upload.Checkpoint = core.Checkpoint{Offset: 5, Streams: upload.Checkpoint.Streams}
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
	_, err = catalog.CompleteUpload(ctx, registered(upload, at(5)))
	return err
}

func heedsContext(t *testing.T, open Opener) {
	catalog, upload, held := open(t), receiving("a"), stored("held")
	held.Status, held.Quarantine, held.ExpiresAt = core.FileQuarantined, "because", at(6)
	fit := stored("fit")
	createFiles(t, catalog, held, fit)
	create(t, catalog, upload)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, change := range map[string]func() error{
		"create":   func() error { return catalog.CreateUpload(ctx, receiving("b"), core.Quota{}) },
		"reserve":  func() error { return catalog.Reserve(ctx, onStream(upload, 3), 9, core.Quota{}) },
		"save":     func() error { return catalog.SaveCheckpoint(ctx, upload) },
		"abort":    func() error { return catalog.AbortUpload(ctx, upload.UploadKey, at(2), at(3)) },
		"forget":   func() error { return forget(ctx, catalog, upload, 3) },
		"copy":     func() error { return catalog.CopyFile(ctx, "fit", copied(fit, "copy"), core.Quota{}) },
		"verdicts": func() error { return catalog.SaveVerdicts(ctx, []core.Verdict{{BlobID: fit.BlobID, At: at(9)}}) },
		"complete": func() error { return second(catalog.CompleteUpload(ctx, registered(upload, at(5)))) },
		"continue": func() error { return second(catalog.ContinueUpload(ctx, upload.UploadKey, at(2), at(3))) },
		"find":     func() error { return second(catalog.FindUpload(ctx, upload.UploadKey)) },
		"expire":   func() error { return second(catalog.ExpireUpload(ctx, upload.UploadKey, ended(5000))) },
		"update":   func() error { return second(catalog.UpdateFile(ctx, "acme", "fit", core.FileChange{UpdatedAt: at(9)})) },
		"release":  func() error { return second(catalog.ReleaseFile(ctx, "acme", "held", at(9))) },
		"delete":   func() error { return second(catalog.DeleteFile(ctx, "acme", "fit", core.FileAvailable, ended(9))) },
		"expire file": func() error {
			_, _, err := catalog.ExpireFile(ctx, "held", ended(9))
			return err
		},
	} {
		require.ErrorIs(t, change(), context.Canceled, name)
	}
	requireUpload(t, catalog, upload)
	requireNoUpload(t, catalog, receiving("b").UploadKey)
	requireFile(t, catalog, held)
	requireFile(t, catalog, fit)
	requireNoFile(t, catalog, "acme", "copy")
}

func second[T any](_ T, err error) error { return err }
