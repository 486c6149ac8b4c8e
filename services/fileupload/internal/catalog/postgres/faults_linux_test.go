package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
	testpostgres "github.com/sluice-ingest/sluice/libs/testkit/postgres"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/catalog/postgres"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

const unknownOutcome = "outcome is unknown"

// finished is a completion with content of its own.
func finished(id string) core.Completion {
	now := time.Now().UTC()
	return core.Completion{
		Upload: core.Upload{
			UploadKey: core.UploadKey{Tenant: "acme", Subject: "ann", UploadID: id},
			FileID:    id, Status: core.Available, Receipt: &core.Receipt{FileID: id},
			CreatedAt: now, UpdatedAt: now, ExpiresAt: now.Add(time.Hour),
		},
		File: core.File{
			ID: id, BlobID: id, Tenant: "acme", Owner: "ann", Size: 7, Checksum: "content of " + id,
			CreatedAt: now, UpdatedAt: now, Status: core.FileAvailable,
		},
		Own: true,
	}
}

// isWhole tells whether a completion is there, and ends the test when half of it
// is.
func isWhole(t *testing.T, catalog core.Catalog, id string) bool {
	t.Helper()
	_, fileErr := catalog.FindFile(t.Context(), "acme", id)
	_, uploadErr := catalog.FindUpload(t.Context(), finished(id).Upload.UploadKey)
	for _, err := range []error{fileErr, uploadErr} {
		if err != nil {
			require.ErrorIs(t, err, core.ErrNotFound)
		}
	}
	require.Equal(t, fileErr == nil, uploadErr == nil, id)
	return fileErr == nil
}

// load changes the catalog until it is stopped, and keeps what was acknowledged.
type load struct {
	catalog core.Catalog
	count   atomic.Int64

	mu            sync.Mutex // guards what follows
	there, gone   []string
	tried, unsure int
}

// run completes uploads, deletes some of them again, and reserves.
func (l *load) run(ctx context.Context) {
	for ctx.Err() == nil {
		id := uuid.NewString()
		completion := finished(id)
		completion.Quota = core.Quota{Bytes: rand.Int64N(2) << 50}
		_, err := l.catalog.CompleteUpload(context.WithoutCancel(ctx), completion)
		l.note(&l.there, id, err)
		if err != nil {
			continue
		}
		upload := finished("open-" + id).Upload
		upload.Status, upload.Receipt, upload.Reserved = core.Receiving, nil, 3
		_ = l.catalog.CreateUpload(context.WithoutCancel(ctx), upload, core.Quota{})
		if rand.IntN(3) > 0 {
			continue
		}
		_, err = l.catalog.DeleteFile(context.WithoutCancel(ctx), "acme", id, core.FileAvailable, core.End{At: time.Now()})
		l.note(&l.gone, id, err)
	}
}

func (l *load) note(list *[]string, id string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tried++
	switch {
	case err == nil:
		*list = append(*list, id)
		l.count.Add(1)
	case strings.Contains(err.Error(), unknownOutcome):
		// A deletion of unknown outcome makes the file's end unknown.
		l.unsure++
		l.there = without(l.there, id)
	}
}

func without(ids []string, id string) []string {
	if last := len(ids) - 1; last >= 0 && ids[last] == id {
		return ids[:last]
	}
	kept := ids[:0]
	for _, one := range ids {
		if one != id {
			kept = append(kept, one)
		}
	}
	return kept
}

// requireAcknowledged looks that everything that was acknowledged is as it was, and
// that the usage is what the rows say.
func (l *load) requireAcknowledged(t *testing.T) {
	t.Helper()
	gone := make(map[string]bool)
	for _, id := range l.gone {
		gone[id] = true
		_, err := l.catalog.FindFile(t.Context(), "acme", id)
		require.ErrorIs(t, err, core.ErrNotFound)
	}
	for _, id := range l.there {
		if !gone[id] {
			require.True(t, isWhole(t, l.catalog, id), id)
		}
	}
	files, err := l.catalog.ListFiles(t.Context(), core.FileQuery{Tenant: "acme", Status: core.FileAvailable, Limit: 1 << 20})
	require.NoError(t, err)
	open, err := l.catalog.ListUploads(t.Context(), core.UploadQuery{
		Tenant: "acme", Subject: "ann", Statuses: []core.Status{core.Receiving}, Limit: 1 << 20,
	})
	require.NoError(t, err)
	usage, err := l.catalog.Usage(t.Context(), "acme")
	require.NoError(t, err)
	require.Equal(t, core.Usage{
		Bytes: 7 * int64(len(files)), Files: int64(len(files)),
		ReservedBytes: 3 * int64(len(open)), ReservedFiles: int64(len(open)),
	}, usage)
}

// What was acknowledged is there after the server was killed under load. The
// catalog goes on by itself.
func TestKilledServerLosesNoCommit(t *testing.T) {
	server := testpostgres.Start(t)
	l := &load{catalog: openCatalog(t, server.NewDatabase(t))}
	for range 8 {
		ctx, stop := context.WithCancel(t.Context())
		var workers sync.WaitGroup
		for range 6 {
			workers.Go(func() { l.run(ctx) })
		}
		require.Eventually(t, progress(l, 20+rand.Int64N(60)), time.Minute, time.Millisecond)
		server.Restart(t)
		require.Eventually(t, progress(l, 10), time.Minute, time.Millisecond, "the catalog does not go on")
		stop()
		workers.Wait()
		l.requireAcknowledged(t)
	}
	t.Logf("%d changes, %d of unknown outcome", l.tried, l.unsure)
}

// progress tells whether so many more changes were acknowledged.
func progress(l *load, more int64) func() bool {
	goal := l.count.Load() + more
	return func() bool { return l.count.Load() >= goal }
}

// A connection that is cut at any byte leaves a completion that is there, one that
// is not and says so, or one whose error tells that this is unknown.
func TestCutConnections(t *testing.T) {
	server := testpostgres.Shared(t)
	url := server.NewDatabase(t)
	proxy := testkit.NewProxy(t, server.Addr)
	catalog := openCatalog(t, strings.Replace(url, server.Addr, proxy.Addr(), 1))
	complete := func(id string) error {
		_, err := catalog.CompleteUpload(t.Context(), finished(id))
		return err
	}
	// The second one has all its statements prepared. Identifiers of one length make
	// as many bytes.
	require.NoError(t, complete("00000000"))
	before := proxy.Upstream()
	require.NoError(t, complete("00000001"))
	size := proxy.Upstream() - before
	unknown, again := 0, 0
	for _, cut := range cuts(size) {
		id := fmt.Sprintf("cut-%04d", cut)
		proxy.CutAfter(cut)
		err := complete(id)
		proxy.CutAfter(-1)
		if err == nil {
			again++
			require.True(t, isWhole(t, catalog, id))
			continue
		}
		require.ErrorContains(t, err, unknownOutcome)
		unknown++
		isWhole(t, catalog, id)
	}
	require.Positive(t, unknown)
	require.Positive(t, again)
	t.Logf("%d bytes; tried again %d times, unknown %d times", size, again, unknown)
}

// cuts are places in so many bytes, the closer the nearer the commit is, which comes
// last.
func cuts(size int64) (places []int64) {
	for place := int64(0); place < size; place += 1 + (size-place)/10 {
		places = append(places, place)
	}
	return append(places, size)
}

func TestASilentServerHoldsNobodyForever(t *testing.T) {
	server := testpostgres.Shared(t)
	url := server.NewDatabase(t)
	proxy := testkit.NewProxy(t, server.Addr)
	catalog := openCatalog(t, strings.Replace(url, server.Addr, proxy.Addr(), 1))
	catalog.SetTimeouts(300*time.Millisecond, 300*time.Millisecond, time.Second)
	proxy.Stall()
	_, err := catalog.CompleteUpload(t.Context(), finished("a"))
	require.ErrorContains(t, err, "does not answer")
	require.NotErrorIs(t, err, context.DeadlineExceeded)

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = catalog.FindUpload(ctx, finished("a").Upload.UploadKey)
	require.ErrorIs(t, err, context.DeadlineExceeded)

	proxy.Resume()
	proxy.Cut()
	require.False(t, isWhole(t, catalog, "a"))
	_, err = catalog.CompleteUpload(t.Context(), finished("a"))
	require.NoError(t, err)
}

func TestOpenFails(t *testing.T) {
	url := testpostgres.Shared(t).NewDatabase(t)
	for name, wrong := range map[string]string{
		"without a database": strings.Replace(url, "/test_", "/missing_", 1),
		"with a wrong name":  strings.Replace(url, "sluice:", "nobody:", 1),
		"with no address":    "postgres://%",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := postgres.Open(t.Context(), wrong)
			require.ErrorContains(t, err, "open catalog")
		})
	}
}
