package core_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/catalog/sqlite"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/disk"
)

// Uploads that streams carry must not hide those behind them, however many
// they are.
func TestCarriedUploadsStarveNone(t *testing.T) {
	place := openPlace(t, t.TempDir())
	now := time.Now().UTC().Truncate(time.Second)
	const carried = 250
	for i := range carried + 1 {
		upload := receivingUpload(fmt.Sprintf("u%03d", i))
		upload.ExpiresAt = now.Add(time.Duration(i/50-100) * time.Minute) // 50 expire at a moment.
		require.NoError(t, place.catalog.CreateUpload(t.Context(), upload, core.Quota{}))
	}
	last := fmt.Sprintf("u%03d", carried)
	janitor := place.janitor()
	janitor.HoldIfFree = func(_ context.Context, key core.UploadKey) (func(), bool) {
		return func() {}, key.UploadID == last
	}
	uploads, _, err := janitor.Expire(t.Context(), now)
	require.NoError(t, err)
	require.Equal(t, 1, uploads)
	found, err := place.catalog.FindUpload(t.Context(), receivingUpload(last).UploadKey)
	require.NoError(t, err)
	require.Equal(t, core.Expired, found.Status)
}

func TestExpiredFilesGoInBatches(t *testing.T) {
	place := openPlace(t, t.TempDir())
	now := time.Now()
	for i := range 250 {
		id := place.blob(t)
		expires := now.Add(-time.Hour)
		if i == 100 {
			expires = time.Time{}
		}
		place.file(t, id, expires)
	}
	_, files, err := place.janitor().Expire(t.Context(), now)
	require.NoError(t, err)
	require.Equal(t, 249, files)
	require.Len(t, place.blobs(t), 1)
}

// The catalog answers that a file's expiry was extended since it was listed.
type extendingCatalog struct{ core.Catalog }

func (c extendingCatalog) ExpiredFiles(ctx context.Context, query core.ExpiredQuery) ([]core.File, error) {
	files, err := c.Catalog.ExpiredFiles(ctx, query)
	for i := range files {
		later := query.Now.Add(time.Hour)
		change := core.FileChange{ExpiresAt: &later, UpdatedAt: query.Now}
		if _, err := c.UpdateFile(ctx, files[i].Tenant, files[i].ID, change); err != nil {
			return nil, err
		}
	}
	return files, err
}

func TestAFileWhoseExpiryIsExtendedMeanwhileStays(t *testing.T) {
	place, now := openPlace(t, t.TempDir()), time.Now()
	id := place.blob(t)
	place.file(t, id, now.Add(-time.Hour))
	janitor := place.janitor()
	janitor.Catalog = extendingCatalog{Catalog: place.catalog}
	_, files, err := janitor.Expire(t.Context(), now)
	require.NoError(t, err)
	require.Zero(t, files)
	require.Equal(t, []string{id}, place.blobs(t))
}

// A sweep may run beside uploads: what they have published and not committed
// yet is no business of its.
func TestASweepLeavesWhatIsNewerThanItsStart(t *testing.T) {
	place := openPlace(t, t.TempDir())
	var orphans []string
	for range 2100 {
		orphans = append(orphans, place.blob(t))
	}
	kept := place.blob(t)
	place.file(t, kept, time.Time{})
	janitor, start := place.janitor(), uuid.Must(uuid.NewV7())
	underWay := place.blob(t)
	foreign := "not-a-uuid"
	place.publish(t, foreign)
	require.NoError(t, janitor.SweepBlobs(t.Context(), start))
	require.Len(t, place.blobs(t), len(orphans)+3, "one look moves nothing")
	setAside, err := janitor.SettleDoubts(t.Context())
	require.NoError(t, err)
	require.Equal(t, len(orphans), setAside)
	require.ElementsMatch(t, []string{kept, underWay, foreign}, place.blobs(t))
	purged, err := place.store.PurgeSetAside(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, len(orphans), purged, "nothing was removed before")
}

// sweptStore is swept whenever it is about to remove content.
type sweptStore struct {
	core.Store
	sweep func(ctx context.Context) error
}

func (s sweptStore) Discard(ctx context.Context, id string) error {
	return errors.Join(s.sweep(ctx), s.Store.Discard(ctx, id))
}

// A deletion that a sweep finds half done, forgotten by the catalog and still
// on the disk, removes the content all the same.
func TestASweepKeepsNoContentOfAFileThatIsBeingDeleted(t *testing.T) {
	place, now := openPlace(t, t.TempDir()), time.Now()
	id := place.blob(t)
	place.file(t, id, time.Time{})
	janitor, start := place.janitor(), uuid.Must(uuid.NewV7())
	swept := sweptStore{Store: place.store, sweep: func(ctx context.Context) error { return janitor.SweepBlobs(ctx, start) }}
	files := core.NewFiles(place.catalog, swept, core.Limits{Policies: anything()})
	require.NoError(t, files.Delete(t.Context(), "acme", id))
	require.Empty(t, place.blobs(t))

	setAside, err := janitor.SettleDoubts(t.Context())
	require.NoError(t, err)
	require.Zero(t, setAside, "there is nothing to tell the operator of")
	purged, err := place.store.PurgeSetAside(t.Context(), now.Add(time.Hour))
	require.NoError(t, err)
	require.Zero(t, purged, "deleted content was kept")
}

// failingCatalog can't answer one of the questions, counted from 1.
type failingCatalog struct {
	core.Catalog
	asked, failsAt int
}

var errDown = errors.New("the catalog is down")

func (c *failingCatalog) UnwantedBlobs(ctx context.Context, ids []string) ([]string, error) {
	c.asked++
	if c.asked == c.failsAt {
		return nil, errDown
	}
	return c.Catalog.UnwantedBlobs(ctx, ids)
}

func TestDoubtsLastUntilTheyAreSettled(t *testing.T) {
	place := openPlace(t, t.TempDir())
	committed, orphan := place.blob(t), place.blob(t)
	place.file(t, committed, time.Time{})
	doubts := []string{committed, orphan}
	janitor := place.janitor()
	janitor.Catalog = &failingCatalog{Catalog: place.catalog, failsAt: 1}
	janitor.Doubtful = func() []string {
		taken := doubts
		doubts = nil
		return taken
	}
	_, err := janitor.SettleDoubts(t.Context())
	require.ErrorIs(t, err, errDown)
	require.ElementsMatch(t, []string{committed, orphan}, place.blobs(t))
	for _, want := range []int{1, 0} {
		setAside, err := janitor.SettleDoubts(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, setAside)
		require.Equal(t, []string{committed}, place.blobs(t))
	}
}

func TestAFailureBetweenDoubtsKeepsThoseThatAreLeft(t *testing.T) {
	place := openPlace(t, t.TempDir())
	const batch, rest = 1000, 5
	for range batch + rest {
		place.blob(t)
	}
	janitor := place.janitor()
	janitor.Catalog = &failingCatalog{Catalog: place.catalog, failsAt: 4} // The sweep asks twice.
	require.NoError(t, janitor.SweepBlobs(t.Context(), uuid.Must(uuid.NewV7())))
	setAside, err := janitor.SettleDoubts(t.Context())
	require.ErrorIs(t, err, errDown)
	require.Equal(t, batch, setAside)
	setAside, err = janitor.SettleDoubts(t.Context())
	require.NoError(t, err)
	require.Equal(t, rest, setAside)
	require.Empty(t, place.blobs(t))
}

// place is a real catalog and a real store.
type place struct {
	catalog *sqlite.Catalog
	store   *disk.Store
}

func openPlace(t *testing.T, dir string) *place {
	t.Helper()
	store, err := disk.Open(dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	catalog, err := sqlite.Open(t.Context(), filepath.Join(dir, "catalog.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, catalog.Close()) })
	return &place{catalog: catalog, store: store}
}

// janitor finds every upload free.
func (p *place) janitor() *core.Janitor {
	return &core.Janitor{Catalog: p.catalog, Store: p.store, HoldIfFree: func(context.Context, core.UploadKey) (func(), bool) {
		return func() {}, true
	}}
}

// file makes a blob the content of a file of the same identifier.
func (p *place) file(t *testing.T, id string, expires time.Time) {
	t.Helper()
	now := time.Now()
	upload := receivingUpload(id)
	upload.FileID, upload.Status, upload.ExpiresAt = id, core.Available, now.Add(24*time.Hour)
	upload.Receipt = &core.Receipt{FileID: id}
	_, err := p.catalog.CompleteUpload(t.Context(), core.Completion{
		Upload: upload, Own: true,
		File: core.File{
			ID: id, BlobID: id, Tenant: "acme", Checksum: "of " + id, Status: core.FileAvailable,
			CreatedAt: now, UpdatedAt: now, ExpiresAt: expires,
		},
	})
	require.NoError(t, err)
}

// blob publishes an empty blob under a new identifier.
func (p *place) blob(t *testing.T) string {
	t.Helper()
	id := uuid.Must(uuid.NewV7()).String()
	p.publish(t, id)
	return id
}

func (p *place) publish(t *testing.T, id string) {
	t.Helper()
	part, err := p.store.Create(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, part.Close())
	require.NoError(t, testkit.ErrorOf(p.store.Publish(t.Context(), id)))
}

func (p *place) blobs(t *testing.T) (ids []string) {
	t.Helper()
	for id, err := range p.store.Blobs(t.Context()) {
		require.NoError(t, err)
		ids = append(ids, id)
	}
	return ids
}

func receivingUpload(id string) core.Upload {
	now := time.Now()
	return core.Upload{
		UploadKey: core.UploadKey{Tenant: "acme", Subject: "ann", UploadID: id},
		FileID:    "file-" + id, Status: core.Receiving, CreatedAt: now, UpdatedAt: now,
	}
}

// madeAt is an identifier that was made so long ago.
func madeAt(ago time.Duration, random byte) string {
	id := uuid.Must(uuid.NewV7())
	ms := time.Now().Add(-ago).UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[15] = random
	return id.String()
}

func TestWithAGraceOnlyWhatIsOlderIsTouched(t *testing.T) {
	place := openPlace(t, t.TempDir())
	oldBlob, youngBlob, doubt := madeAt(61*time.Minute, 1), madeAt(59*time.Minute, 2), madeAt(0, 3)
	for _, id := range []string{oldBlob, youngBlob, doubt} {
		place.publish(t, id)
	}
	oldPart, youngPart := madeAt(61*time.Minute, 4), madeAt(59*time.Minute, 5)
	for _, id := range []string{oldPart, youngPart} {
		part, err := place.store.Create(t.Context(), id)
		require.NoError(t, err)
		require.NoError(t, part.Close())
	}
	janitor := place.janitor()
	janitor.Grace = time.Hour
	janitor.Doubtful = func() []string { return []string{doubt} }
	removed, err := janitor.SweepParts(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, removed)
	for id, err := range place.store.Parts(t.Context()) {
		require.NoError(t, err)
		require.Equal(t, youngPart, id)
	}
	// What other processes make before this one's start is no business of it either.
	require.NoError(t, janitor.SweepBlobs(t.Context(), uuid.Must(uuid.NewV7())))
	setAside, err := janitor.SettleDoubts(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, setAside)
	require.ElementsMatch(t, []string{youngBlob, doubt}, place.blobs(t))

	janitor.Grace, janitor.Doubtful = 0, nil
	setAside, err = janitor.SettleDoubts(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, setAside, "the doubt has waited")
	require.Equal(t, []string{youngBlob}, place.blobs(t))
}

func TestSweepsTellTheAgeOfLongIdentifiers(t *testing.T) {
	place := openPlace(t, t.TempDir())
	old := uuid.Must(uuid.NewV7()).String() + "-0a"
	place.publish(t, old)
	start := uuid.Must(uuid.NewV7())
	young := uuid.Must(uuid.NewV7()).String() + "-0a"
	place.publish(t, young)
	janitor := place.janitor()
	require.NoError(t, janitor.SweepBlobs(t.Context(), start))
	setAside, err := janitor.SettleDoubts(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, setAside)
	require.Equal(t, []string{young}, place.blobs(t))
}

// A blob that no file has under the identifier of a part is kept for the operator.
func TestRemovingAPartSetsABlobOfItsNameAside(t *testing.T) {
	place := openPlace(t, t.TempDir())
	id := place.blob(t)
	part, err := place.store.Create(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, part.Close())
	removed, err := place.janitor().SweepParts(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, removed)
	require.Empty(t, place.blobs(t))
	purged, err := place.store.PurgeSetAside(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, 1, purged, "it was set aside")
}

func TestRemovingAPartLeavesTheFileOfItsName(t *testing.T) {
	place := openPlace(t, t.TempDir())
	id := place.blob(t)
	part, err := place.store.Create(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, part.Close())
	place.file(t, id, time.Time{})
	removed, err := place.janitor().SweepParts(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, removed)
	require.Equal(t, []string{id}, place.blobs(t))
}
