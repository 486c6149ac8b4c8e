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
			"continue":      h.continueUpload,
			"reserve":       h.reserve,
			"complete":      h.complete,
			"copy":          h.copy,
			"abort":         h.abort,
			"forget":        h.forget,
			"expire upload": h.expireUpload,
			"release":       h.release,
			"delete file":   h.deleteFile,
			"expire file":   h.expireFile,
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
	for _, may := range []error{core.ErrNotFound, core.ErrExists, core.ErrFenced, core.ErrContentGone} {
		if errors.Is(err, may) {
			return
		}
	}
	require.NoError(t, unlessOver(err))
}

// pick names one of a few uploads or files.
func (h *history) pick(t *rapid.T) string {
	return h.tenant + "-" + strconv.Itoa(rapid.IntRange(0, 9).Draw(t, "id"))
}

func (h *history) draw(t *rapid.T) core.Upload {
	id := h.pick(t)
	upload := reserving(id, rapid.Int64Range(0, 400).Draw(t, "bytes"))
	upload.Tenant, upload.FileID, upload.ExpiresAt = h.tenant, id, at(7)
	return upload
}

func (h *history) create(t *rapid.T) {
	settle(t, h.CreateUpload(context.Background(), h.draw(t), h.quota))
}

func (h *history) continueUpload(t *rapid.T) {
	settle(t, second(h.ContinueUpload(context.Background(), h.draw(t).UploadKey, at(6), at(7))))
}

// stream is the newest of an upload, or another.
func (h *history) stream(t *rapid.T) int { return rapid.IntRange(3, 4).Draw(t, "stream") }

func (h *history) reserve(t *rapid.T) {
	upload := h.draw(t)
	settle(t, h.Reserve(context.Background(), onStream(upload, h.stream(t)), upload.Reserved, h.quota))
}

// complete completes in every way. A few contents are shared by all.
func (h *history) complete(t *rapid.T) {
	upload := h.draw(t)
	upload.Checkpoint.Streams = h.stream(t)
	completion := finished(upload, at(5))
	if rapid.Bool().Draw(t, "shared") {
		completion = having(completion, rapid.SampledFrom([]string{"x", "y"}).Draw(t, "content"))
		completion.File.Size = 100
	}
	if rapid.Bool().Draw(t, "quarantined") {
		completion = quarantined(completion)
	}
	completion.Registered = rapid.Bool().Draw(t, "registered")
	completion.Own = rapid.Bool().Draw(t, "own")
	completion.IfAbsent = rapid.Bool().Draw(t, "if absent")
	completion.File.Name = rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name")
	completion.File.ExpiresAt, completion.Quota = at(10), h.quota
	settle(t, second(h.CompleteUpload(context.Background(), completion)))
}

func (h *history) copy(t *rapid.T) {
	file := stored(h.pick(t))
	file.Tenant = h.tenant
	settle(t, h.CopyFile(context.Background(), h.pick(t), file, h.quota))
}

func (h *history) abort(t *rapid.T) {
	settle(t, h.AbortUpload(context.Background(), h.draw(t).UploadKey, at(6), at(7)))
}

func (h *history) forget(t *rapid.T) {
	settle(t, forget(context.Background(), h, h.draw(t), h.stream(t)))
}

func (h *history) expireUpload(t *rapid.T) {
	settle(t, second(h.ExpireUpload(context.Background(), h.draw(t).UploadKey, ended(8))))
}

func (h *history) release(t *rapid.T) {
	settle(t, second(h.ReleaseFile(context.Background(), h.tenant, h.pick(t), at(6))))
}

func (h *history) deleteFile(t *rapid.T) {
	status := rapid.SampledFrom([]core.FileStatus{core.FileAvailable, core.FileQuarantined}).Draw(t, "status")
	settle(t, second(h.DeleteFile(context.Background(), h.tenant, h.pick(t), status, ended(8))))
}

func (h *history) expireFile(t *rapid.T) {
	_, _, err := h.ExpireFile(context.Background(), h.pick(t), ended(11))
	settle(t, err)
}
