package core_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// quarantined brings a file into quarantine and returns it.
func (a *account) quarantined(t *testing.T, id string) core.File {
	t.Helper()
	_, err := a.upload(t, a.named(id), infected(1000))
	require.Equal(t, problem.Quarantined, problem.ReasonOf(err))
	require.Contains(t, problem.Of(err).Public(), "Test.Mark")
	known, err := a.uploads.Find(t.Context(), a.key(id))
	require.NoError(t, err)
	require.Equal(t, core.Quarantined, known.Status)
	file, err := a.files.FindQuarantined(t.Context(), a.tenant, known.FileID)
	require.NoError(t, err)
	return file
}

func requireAbsent(t *testing.T, err error) {
	t.Helper()
	require.Equal(t, problem.FileNotFound, problem.ReasonOf(err), "%v", err)
}

func TestAFileInQuarantineIsAbsentForAllOthers(t *testing.T) {
	a := scannedAccount(t, core.Scans{Scanner: scanFunc(scanForMark)})
	file := a.quarantined(t, "u")
	require.Equal(t, core.FileQuarantined, file.Status)
	require.Equal(t, "the scanner found Test.Mark", file.Quarantine)
	_, err := a.files.Find(t.Context(), a.tenant, file.ID)
	requireAbsent(t, err)
	_, err = a.files.Update(t.Context(), a.tenant, file.ID, core.FileChange{Metadata: &map[string]string{}})
	requireAbsent(t, err)
	_, err = a.files.Copy(t.Context(), a.tenant, "ann", file.ID, "b.bin")
	requireAbsent(t, err)
	_, err = a.files.Verify(t.Context(), a.tenant, file.ID)
	requireAbsent(t, err)
	requireAbsent(t, a.files.Delete(t.Context(), a.tenant, file.ID))
	files, err := a.files.List(t.Context(), core.FileQuery{Tenant: a.tenant, Limit: 10})
	require.NoError(t, err)
	require.Empty(t, files)
	require.Equal(t, core.Usage{Bytes: 1000, Files: 1}, a.usage(t), "it counts in the quota")
}

func TestContentInQuarantineIsSharedWithNobody(t *testing.T) {
	a := scannedAccount(t, core.Scans{Scanner: scanFunc(scanForMark)})
	a.quarantined(t, "u")
	session, err := a.uploads.Begin(t.Context(), a.opening("v", "v.bin", sha(infected(1000)), everything))
	require.NoError(t, err)
	require.False(t, session.Finished(), "it has to be sent")
	require.NoError(t, session.Close(t.Context(), nil))
	a.quarantined(t, "w")
	require.Len(t, a.blobs(t), 2)
}

func TestEveryRetryOfAQuarantinedUploadIsToldSo(t *testing.T) {
	a := scannedAccount(t, core.Scans{Scanner: scanFunc(scanForMark)})
	for _, opening := range []core.Opening{a.named("chunks"), a.inOneMessage("whole", 1000)} {
		for range 3 {
			_, err := a.upload(t, opening, infected(1000))
			require.Equal(t, problem.Quarantined, problem.ReasonOf(err))
			require.False(t, core.EndsUpload(err))
		}
	}
	session, err := a.uploads.Begin(t.Context(), a.named("chunks"))
	require.NoError(t, err)
	other := []byte("not what was sent")
	err = session.Append(t.Context(), core.Chunk{Segments: [][]byte{other}, Size: len(other)})
	require.Equal(t, problem.WorkChanged, problem.ReasonOf(session.Close(t.Context(), err)))
	require.Equal(t, core.Usage{Bytes: 2000, Files: 2}, a.usage(t), "no retry makes another file")
}

func TestAReleasedFileIsLikeAnyOther(t *testing.T) {
	a := scannedAccount(t, core.Scans{Scanner: scanFunc(scanForMark)})
	file := a.quarantined(t, "u")
	require.Equal(t, file.CreatedAt.Add(time.Hour), file.ExpiresAt)
	released, err := a.files.Release(t.Context(), a.tenant, file.ID)
	require.NoError(t, err)
	require.Equal(t, core.FileAvailable, released.Status)
	require.Empty(t, released.Quarantine)
	require.Zero(t, released.ExpiresAt, "the quarantine's time is not the file's")
	a.requireContent(t, file.ID, infected(1000))
	receipt, err := a.upload(t, a.named("u"), infected(1000))
	require.NoError(t, err)
	require.Equal(t, file.ID, receipt.FileID)
	_, err = a.files.Release(t.Context(), a.tenant, file.ID)
	requireAbsent(t, err)
	requireAbsent(t, a.files.DeleteQuarantined(t.Context(), a.tenant, file.ID))
}

func TestAReleasedFileIsKeptAsItsUploaderOrThePolicySays(t *testing.T) {
	a := scannedAccount(t, core.Scans{Scanner: scanFunc(scanForMark)})
	a.limits.Policies.Default.Expiry = 48 * time.Hour
	a.scanWith(a.limits.Scans)
	file := a.quarantined(t, "u")
	require.Equal(t, file.CreatedAt.Add(time.Hour), file.ExpiresAt)
	released, err := a.files.Release(t.Context(), a.tenant, file.ID)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(48*time.Hour), released.ExpiresAt, time.Minute)

	opening := a.named("v")
	opening.Header.FileExpiresAt = time.Now().Add(10 * time.Minute).Truncate(time.Microsecond)
	_, err = a.upload(t, opening, append(infected(2000), 'v'))
	require.Equal(t, problem.Quarantined, problem.ReasonOf(err))
	known, err := a.uploads.Find(t.Context(), a.key("v"))
	require.NoError(t, err)
	released, err = a.files.Release(t.Context(), a.tenant, known.FileID)
	require.NoError(t, err)
	require.True(t, released.ExpiresAt.Equal(opening.Header.FileExpiresAt), "it asked for less than the quarantine has")
}

func TestADeletedFileInQuarantineLeavesNothing(t *testing.T) {
	a := scannedAccount(t, core.Scans{Scanner: scanFunc(scanForMark)})
	file := a.quarantined(t, "u")
	require.NoError(t, a.files.DeleteQuarantined(t.Context(), a.tenant, file.ID))
	a.requireNothingStored(t)
	known, err := a.uploads.Find(t.Context(), a.key("u"))
	require.NoError(t, err)
	require.Equal(t, core.Deleted, known.Status)
	a.quarantined(t, "u")
}

func TestAQuarantineEndsByItself(t *testing.T) {
	a := scannedAccount(t, core.Scans{Scanner: scanFunc(scanForMark)})
	file := a.quarantined(t, "u")
	janitor := a.janitor()
	janitor.Remembered = time.Hour
	_, files, err := janitor.Expire(t.Context(), file.ExpiresAt.Add(time.Second))
	require.NoError(t, err)
	require.Equal(t, 1, files)
	a.requireNothingStored(t)
}

func TestAQuarantinedFileThatIsNotGrantedLooksAbsent(t *testing.T) {
	a := scannedAccount(t, core.Scans{Scanner: scanFunc(scanForMark)})
	file := a.quarantined(t, "u")
	grantedTo := func(patterns ...string) core.GrantedFiles {
		return a.files.Granted(principal.Principal{Tenant: a.tenant, Grants: principal.Grants{Files: patterns}})
	}
	strangers := []core.GrantedFiles{
		grantedTo("x*"), a.files.Granted(principal.Principal{Tenant: "other"}),
	}
	for _, files := range strangers {
		list, err := files.ListQuarantined(t.Context(), core.FileQuery{Limit: 10})
		require.NoError(t, err)
		require.Empty(t, list)
		_, err = files.Release(t.Context(), file.ID)
		requireAbsent(t, err)
		requireAbsent(t, files.DeleteQuarantined(t.Context(), file.ID))
	}
	mine := grantedTo("u*", "x*")
	list, err := mine.ListQuarantined(t.Context(), core.FileQuery{Limit: 10})
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.NoError(t, mine.DeleteQuarantined(t.Context(), file.ID))
}

// Whatever step fails or is the last of a process while an infected content comes
// in, no one sees it, and the retry leaves exactly one file in quarantine.
func TestAQuarantineSurvivesTheFailureOfAnyStep(t *testing.T) {
	for name, c := range map[string]client{
		"in chunks":          {content: infected(2*chunkBytes + 500)},
		"whole in its first": {content: infected(chunkBytes), whole: true},
	} {
		t.Run(name, func(t *testing.T) {
			none, unharmed := newFaults(fault{}), c
			_, err := unharmed.upload(t, newScannedUploads(openPlace(t, t.TempDir()), none), none)
			require.Equal(t, problem.Quarantined, problem.ReasonOf(err))
			for _, f := range everyFault(none.counts) {
				t.Run(f.String(), func(t *testing.T) { quarantineSurvives(t, f, c) })
			}
		})
	}
}

func quarantineSurvives(t *testing.T, of fault, c client) {
	t.Helper()
	dir := t.TempDir()
	t.Run("before", func(t *testing.T) {
		f := newFaults(of)
		_, err := c.upload(t, newScannedUploads(openPlace(t, dir), f), f)
		f.lose(t, dir)
		require.Error(t, err, "infected content was accepted")
	})
	t.Run("after", func(t *testing.T) {
		place := openPlace(t, dir)
		janitor := place.janitor()
		_, err := janitor.SweepParts(t.Context())
		require.NoError(t, err)
		require.NoError(t, janitor.SweepBlobs(t.Context(), uuid.Must(uuid.NewV7())))
		_, err = janitor.SettleDoubts(t.Context())
		require.NoError(t, err)
		none := newFaults(fault{})
		_, err = c.upload(t, newScannedUploads(place, none), none)
		require.Equal(t, problem.Quarantined, problem.ReasonOf(err))
		available, err := place.catalog.ListFiles(t.Context(), core.FileQuery{Tenant: "acme", Status: core.FileAvailable, Limit: 10})
		require.NoError(t, err)
		require.Empty(t, available)
		kept, err := place.catalog.ListFiles(t.Context(), core.FileQuery{Tenant: "acme", Status: core.FileQuarantined, Limit: 10})
		require.NoError(t, err)
		require.Len(t, kept, 1)
		require.Equal(t, []string{kept[0].BlobID}, place.blobs(t))
	})
}

func newScannedUploads(p *place, f *faults) *core.Uploads {
	return core.NewUploads(&faultCatalog{p.catalog, f}, &faultStore{p.store, f}, core.Limits{
		ChunkBytes: chunkBytes, CheckpointBytes: checkpointBytes, UploadExpiry: time.Hour, ReceiptExpiry: time.Hour,
		Policies: core.Policies{Default: core.Policy{MaxBytes: 1 << 20, Types: core.NewTypePolicy([]string{core.AnyType})}},
		Scans:    core.Scans{Scanner: scanFunc(scanForMark), QuarantineExpiry: time.Hour},
	})
}
