package core_test

import (
	"context"
	"iter"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// part begins a part under a new identifier.
func (p *place) part(t *testing.T) string {
	t.Helper()
	id := uuid.Must(uuid.NewV7()).String()
	part, err := p.store.Create(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, part.Close())
	return id
}

func (p *place) parts(t *testing.T) (ids []string) {
	t.Helper()
	for id, err := range p.store.Parts(t.Context()) {
		require.NoError(t, err)
		ids = append(ids, id)
	}
	return ids
}

// going is an upload that is receiving, with the part of this identifier.
func (p *place) going(t *testing.T, id string, expires time.Time) core.Upload {
	t.Helper()
	upload := receivingUpload(id)
	upload.FileID, upload.ExpiresAt = id, expires
	require.NoError(t, p.catalog.CreateUpload(t.Context(), upload, core.Quota{}))
	return upload
}

func requireSettled(t *testing.T, janitor *core.Janitor, want int) {
	t.Helper()
	setAside, err := janitor.SettleDoubts(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, setAside)
}

// A doubt may be of a part, which nobody sets aside.
func TestADoubtfulPartIsRemovedUnlessItIsAnUploads(t *testing.T) {
	place := openPlace(t, t.TempDir())
	left, going, blob := place.part(t), place.part(t), place.blob(t)
	place.going(t, going, time.Now().Add(time.Hour))
	janitor := place.janitor()
	janitor.Doubtful = func() []string { return []string{left, going, blob, "gone"} }
	requireSettled(t, janitor, 1)
	require.Equal(t, []string{going}, place.parts(t))
	require.Empty(t, place.blobs(t))
}

// readOnlyStore can't remove anything for a while.
type readOnlyStore struct {
	core.Store

	readOnly bool
}

func (s *readOnlyStore) Discard(ctx context.Context, id string) error {
	if s.readOnly {
		return errGone
	}
	return s.Store.Discard(ctx, id)
}

func (s *readOnlyStore) SetAside(ctx context.Context, id string) (bool, error) {
	if s.readOnly {
		return false, errGone
	}
	return s.Store.SetAside(ctx, id)
}

func TestBytesThatCouldNotBeRemovedWhenTheyExpiredGoLater(t *testing.T) {
	place, now := openPlace(t, t.TempDir()), time.Now()
	file, upload := place.blob(t), place.part(t)
	place.file(t, file, now.Add(-time.Minute))
	place.going(t, upload, now.Add(-time.Minute))
	store := &readOnlyStore{Store: place.store, readOnly: true}
	janitor := place.janitor()
	janitor.Store, janitor.Remembered = store, time.Hour
	_, _, err := janitor.Expire(t.Context(), now)
	require.ErrorIs(t, err, errGone)
	_, err = place.catalog.FindFile(t.Context(), "acme", file)
	require.ErrorIs(t, err, core.ErrNotFound)
	_, err = janitor.SettleDoubts(t.Context())
	require.ErrorIs(t, err, errGone)
	require.Equal(t, []string{file}, place.blobs(t))
	require.Equal(t, []string{upload}, place.parts(t))

	store.readOnly = false
	requireSettled(t, janitor, 1)
	require.Empty(t, place.blobs(t))
	require.Empty(t, place.parts(t))
}

// stuckStore can't set one blob aside.
type stuckStore struct {
	core.Store

	stuck string
}

func (s *stuckStore) SetAside(ctx context.Context, id string) (bool, error) {
	if id == s.stuck {
		return false, errGone
	}
	return s.Store.SetAside(ctx, id)
}

func TestABlobThatCanNotBeSetAsideKeepsNoOthers(t *testing.T) {
	place := openPlace(t, t.TempDir())
	stuck := place.blob(t)
	for range 20 {
		place.blob(t)
	}
	janitor := place.janitor()
	janitor.Store = &stuckStore{Store: place.store, stuck: stuck}
	require.NoError(t, janitor.SweepBlobs(t.Context(), uuid.Must(uuid.NewV7())))
	require.Eventually(t, func() bool {
		_, err := janitor.SettleDoubts(t.Context())
		require.ErrorIs(t, err, errGone)
		return len(place.blobs(t)) == 1
	}, time.Minute, time.Microsecond)
	require.Equal(t, []string{stuck}, place.blobs(t))
}

// orphanStore has one blob that is no file's.
type orphanStore struct {
	core.Store

	id       string
	setAside time.Time
}

func (s *orphanStore) Blobs(context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) { yield(s.id, nil) }
}

func (s *orphanStore) SetAside(context.Context, string) (bool, error) {
	s.setAside = time.Now()
	return true, nil
}

// emptyCatalog knows nothing.
type emptyCatalog struct{ core.Catalog }

func (emptyCatalog) UnwantedBlobs(_ context.Context, ids []string) ([]string, error) { return ids, nil }

// A sweep beside deletions finds those that are under way.
func TestWhatASweepFoundWaitsBeforeItIsSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &orphanStore{id: uuid.Must(uuid.NewV7()).String()}
		time.Sleep(time.Hour)
		janitor := &core.Janitor{Catalog: emptyCatalog{}, Store: store, Patience: time.Minute}
		swept := time.Now()
		require.NoError(t, janitor.SweepBlobs(t.Context(), uuid.Must(uuid.NewV7())))
		for store.setAside.IsZero() {
			_, err := janitor.SettleDoubts(t.Context())
			require.NoError(t, err)
			time.Sleep(time.Second)
		}
		require.Equal(t, time.Minute, store.setAside.Sub(swept))
	})
}

func TestASweepMayRunBesideTheRest(t *testing.T) {
	place := openPlace(t, t.TempDir())
	for range 200 {
		place.blob(t)
	}
	janitor, start := place.janitor(), uuid.Must(uuid.NewV7())
	var sweeping sync.WaitGroup
	sweeping.Go(func() {
		for range 20 {
			if err := janitor.SweepBlobs(t.Context(), start); err != nil {
				t.Error(err)
			}
		}
	})
	settled := 0
	for range 20 {
		n, err := janitor.SettleDoubts(t.Context())
		require.NoError(t, err)
		settled += n
	}
	sweeping.Wait()
	n, err := janitor.SettleDoubts(t.Context())
	require.NoError(t, err)
	require.Equal(t, 200, settled+n)
	require.Empty(t, place.blobs(t))
}

// What a store calls a blob or a part begins with the identifier of the upload's
// file, while the upload is receiving and later.
func TestSweepsLeaveLongIdentifiersOfUploads(t *testing.T) {
	place := openPlace(t, t.TempDir())
	id, other := uuid.Must(uuid.NewV7()).String(), uuid.Must(uuid.NewV7()).String()
	wanted := []string{id, id + "-s0a1b2c", id + "-p17-4096"}
	for _, blob := range wanted {
		place.publish(t, blob)
	}
	for _, blob := range []string{other, other + "-s0a1b2c", other + "-p17-4096"} {
		place.publish(t, blob)
	}
	upload := place.going(t, id, time.Now().Add(time.Hour))
	janitor, start := place.janitor(), uuid.Must(uuid.NewV7())
	require.NoError(t, janitor.SweepBlobs(t.Context(), start))
	requireSettled(t, janitor, 3)
	require.ElementsMatch(t, wanted, place.blobs(t))

	// As a file it has one of them, and the others are leftovers.
	upload.Status, upload.Receipt, upload.ExpiresAt = core.Available, &core.Receipt{FileID: id}, time.Now().Add(time.Hour)
	now := time.Now()
	_, err := place.catalog.CompleteUpload(t.Context(), core.Completion{
		Upload: upload, Registered: true, Begun: id, Own: true,
		File: core.File{
			ID: id, BlobID: wanted[1], Tenant: "acme", Checksum: "sum", Status: core.FileAvailable, CreatedAt: now, UpdatedAt: now,
		},
	})
	require.NoError(t, err)
	require.NoError(t, janitor.SweepBlobs(t.Context(), start))
	requireSettled(t, janitor, 2)
	require.Equal(t, wanted[1:2], place.blobs(t))
}

func TestSweepsLeaveLongIdentifiersOfParts(t *testing.T) {
	place := openPlace(t, t.TempDir())
	id, other := uuid.Must(uuid.NewV7()).String(), uuid.Must(uuid.NewV7()).String()
	for _, name := range []string{id + "-s0a1b2c", other + "-s0a1b2c"} {
		part, err := place.store.Create(t.Context(), name)
		require.NoError(t, err)
		require.NoError(t, part.Close())
	}
	place.going(t, id, time.Now().Add(time.Hour))
	removed, err := place.janitor().SweepParts(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, removed)
	require.Equal(t, []string{id + "-s0a1b2c"}, place.parts(t))
}

// movingCatalog lets an upload move after it was found to have expired, as a stream
// of another replica may.
type movingCatalog struct{ core.Catalog }

func (c movingCatalog) ExpiredUploads(ctx context.Context, query core.ExpiredQuery) ([]core.Upload, error) {
	uploads, err := c.Catalog.ExpiredUploads(ctx, query)
	for i := range uploads {
		now := time.Now()
		if _, err := c.ContinueUpload(ctx, uploads[i].UploadKey, now, now.Add(time.Hour)); err != nil {
			return nil, err
		}
	}
	return uploads, err
}

func TestAnUploadThatMovesWhileItExpiresStays(t *testing.T) {
	place, now := openPlace(t, t.TempDir()), time.Now()
	id := place.part(t)
	place.going(t, id, now.Add(-time.Minute))
	janitor := place.janitor()
	janitor.Catalog = movingCatalog{place.catalog}
	uploads, _, err := janitor.Expire(t.Context(), now)
	require.NoError(t, err)
	require.Zero(t, uploads)
	require.Equal(t, []string{id}, place.parts(t))
}

// A janitor does not know the streams of other replicas; the catalog tells it of
// them, however little they bring.
func TestAnUploadThatAnotherReplicaCarriesDoesNotExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := openAccount(t)
		other := core.NewUploads(a.catalog, a.store, a.limits)
		session, err := a.begin(t, "u", 1000)
		require.NoError(t, err)
		expire := func() int {
			uploads, _, err := a.janitor().Expire(t.Context(), time.Now())
			require.NoError(t, err)
			return uploads
		}
		for range 20 {
			time.Sleep(a.limits.UploadExpiry / 3)
			require.NoError(t, send(session, 1))
			synctest.Wait() // What tells the catalog runs beside the stream.
			require.Zero(t, expire())
		}
		progress, err := other.Find(t.Context(), a.key("u"))
		require.NoError(t, err)
		require.Equal(t, core.Receiving, progress.Status)

		time.Sleep(a.limits.UploadExpiry + time.Second)
		require.Equal(t, 1, expire(), "nothing has come in for so long")
		require.Error(t, session.Close(t.Context(), send(session, 1)))
	})
}
