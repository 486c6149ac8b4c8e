package catalogtest

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// usageFollowsRows recomputes the usage from the rows after each step of a random
// history, and looks that no change goes beyond the quota.
func usageFollowsRows(t *testing.T, open Opener) {
	catalog := open(t)
	tenants := 0
	rapid.Check(t, func(t *rapid.T) {
		tenants++
		h := &history{Catalog: catalog, tenant: strconv.Itoa(tenants), quota: core.Quota{Bytes: 1000, Files: 6}}
		t.Repeat(map[string]func(*rapid.T){
			"create":        h.create,
			"reserve":       h.reserve,
			"complete":      h.complete,
			"copy":          h.copy,
			"abort":         h.abort,
			"delete upload": h.deleteUpload,
			"delete file":   h.deleteFile,
			"change quota": func(t *rapid.T) {
				h.quota = core.Quota{Bytes: rapid.Int64Range(0, 2000).Draw(t, "bytes"), Files: rapid.Int64Range(0, 8).Draw(t, "files")}
			},
			"": h.check,
		})
	})
}

// history is what happens to a tenant of a catalog.
type history struct {
	core.Catalog

	tenant string
	quota  core.Quota
	before core.Usage
}

func (h *history) check(t *rapid.T) {
	usage, err := h.Usage(context.Background(), h.tenant)
	require.NoError(t, err)
	require.Equal(t, usageOf(context.Background(), t, h.Catalog, h.tenant, "ann"), usage)
	require.NoError(t, h.quota.Check(h.before, usage), "a change went beyond the quota: %+v, then %+v", h.before, usage)
	h.before = usage
}

// settle accepts what a change may answer to a history that does not look first.
func settle(t *rapid.T, err error) {
	var over *core.QuotaError
	if errors.Is(err, core.ErrNotFound) || errors.Is(err, core.ErrExists) || errors.As(err, &over) {
		return
	}
	require.NoError(t, err)
}

// pick names one of a few uploads or files.
func (h *history) pick(t *rapid.T) string {
	return h.tenant + "-" + strconv.Itoa(rapid.IntRange(0, 9).Draw(t, "id"))
}

func (h *history) draw(t *rapid.T) core.Upload {
	id := h.pick(t)
	upload := reserving(id, rapid.Int64Range(0, 400).Draw(t, "bytes"))
	upload.Tenant, upload.FileID = h.tenant, id
	return upload
}

func (h *history) create(t *rapid.T) {
	settle(t, h.CreateUpload(context.Background(), h.draw(t), h.quota))
}

func (h *history) reserve(t *rapid.T) {
	upload := h.draw(t)
	settle(t, h.Reserve(context.Background(), upload.UploadKey, upload.Reserved, h.quota))
}

func (h *history) complete(t *rapid.T) {
	upload, file := finished(h.draw(t), at(5))
	settle(t, h.CompleteUpload(context.Background(), upload, file, h.quota))
}

func (h *history) copy(t *rapid.T) {
	_, file := finished(h.draw(t), at(5))
	settle(t, h.CreateFile(context.Background(), file, h.quota))
}

func (h *history) abort(t *rapid.T) {
	settle(t, h.AbortUpload(context.Background(), h.draw(t).UploadKey, at(6), at(7)))
}

func (h *history) deleteUpload(t *rapid.T) {
	settle(t, h.DeleteUpload(context.Background(), h.draw(t).UploadKey))
}

func (h *history) deleteFile(t *rapid.T) {
	settle(t, h.DeleteFile(context.Background(), h.tenant, h.pick(t)))
}
