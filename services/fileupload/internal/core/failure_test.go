package core_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// downCatalog can't be reached.
type downCatalog struct{ core.Catalog }

func (downCatalog) FindFile(context.Context, string, string) (core.File, error) {
	return core.File{}, errInjected
}

func (downCatalog) ListFiles(context.Context, core.FileQuery) ([]core.File, error) {
	return nil, errInjected
}

func (downCatalog) FindUpload(context.Context, core.UploadKey) (core.Upload, error) {
	return core.Upload{}, errInjected
}

func (downCatalog) ListUploads(context.Context, core.UploadQuery) ([]core.Upload, error) {
	return nil, errInjected
}

func (downCatalog) Usage(context.Context, string) (core.Usage, error) {
	return core.Usage{}, errInjected
}

// begunCatalog fails too, but for one upload that it finds.
type begunCatalog struct{ downCatalog }

func (begunCatalog) FindUpload(context.Context, core.UploadKey) (core.Upload, error) {
	return core.Upload{Status: core.Receiving}, nil
}

func (begunCatalog) AbortUpload(context.Context, core.UploadKey, time.Time, time.Time) error {
	return errInjected
}

func TestOnlyAnUploadIsToldToResume(t *testing.T) {
	ctx, down := t.Context(), downCatalog{}
	files := core.NewFiles(down, nil, core.Limits{})
	uploads := core.NewUploads(down, nil, core.Limits{})
	calls := map[string]func() error{
		"list files":       func() error { _, err := files.List(ctx, core.FileQuery{}); return err },
		"find file":        func() error { _, err := files.Find(ctx, "acme", "1"); return err },
		"list quarantined": func() error { _, err := files.ListQuarantined(ctx, core.FileQuery{}); return err },
		"verify file":      func() error { _, err := files.Verify(ctx, "acme", "1"); return err },
		"list uploads":     func() error { _, err := uploads.List(ctx, core.UploadQuery{}); return err },
		"find upload":      func() error { _, err := uploads.Find(ctx, core.UploadKey{}); return err },
		"abort upload": func() error {
			_, err := core.NewUploads(begunCatalog{}, nil, core.Limits{}).Abort(ctx, core.UploadKey{})
			return err
		},
		"usage": func() error { _, err := core.NewAccounts(down, core.Quotas{}).Usage(ctx, "acme"); return err },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, problem.StorageFailed, problem.ReasonOf(call()))
			require.Equal(t, "the storage failed; try again in a moment", problem.Of(call()).Public())
		})
	}
	err := uploads.Check(ctx, &core.Opening{Key: core.UploadKey{UploadID: "1"}})
	require.Equal(t, "the storage failed; resume from the durable position", problem.Of(err).Public())
}
