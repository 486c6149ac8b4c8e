package catalogtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var verificationContracts = []contract{
	{"contents are verified in the order of their waiting", listsLeastVerified},
	{"sharing a content does not put its verification off", waitsWhenShared},
	{"a verdict is that of all files of the content", savesVerdicts},
	{"damage is known since it was found first", keepsFirstDamage},
	{"the files of a content are found by it, up to a limit", listsFilesOf},
}

func contentOf(file core.File) core.Content {
	return core.Content{BlobID: file.BlobID, Tenant: file.Tenant, Size: file.Size, Checksum: file.Checksum}
}

func requireLeastVerified(t *testing.T, catalog core.Catalog, before time.Time, want ...core.File) {
	t.Helper()
	for limit := 1; limit <= len(want)+1; limit++ {
		got, err := catalog.LeastVerified(t.Context(), before, limit)
		require.NoError(t, err)
		require.Len(t, got, min(limit, len(want)))
		for i := range got {
			require.Equal(t, contentOf(want[i]), got[i])
		}
	}
}

func listsLeastVerified(t *testing.T, open Opener) {
	catalog := open(t)
	files := make([]core.File, 5)
	for i, stores := range []int{7, 9, 3, 8, 20} {
		files[i] = stored(string(rune('a' + i)))
		files[i].CreatedAt = at(stores)
	}
	files[1].VerifiedAt = at(12)
	files[3].Tenant = "other"
	files[2].Status, files[2].Quarantine = core.FileQuarantined, "because"
	createFiles(t, catalog, files...)
	requireLeastVerified(t, catalog, at(3))
	requireLeastVerified(t, catalog, at(12), files[2], files[0], files[3])
	requireLeastVerified(t, catalog, at(20), files[2], files[0], files[3], files[1])

	verdicts := []core.Verdict{{BlobID: files[2].BlobID, At: at(15)}, {BlobID: files[3].BlobID, At: at(11), Damage: "rot"}}
	require.NoError(t, catalog.SaveVerdicts(t.Context(), verdicts))
	requireLeastVerified(t, catalog, at(30), files[0], files[3], files[1], files[2], files[4])
}

// waitsWhenShared looks that a content waits since it was stored or verified,
// whichever of its files are left.
func waitsWhenShared(t *testing.T, open Opener) {
	catalog := open(t)
	original, other := stored("original"), stored("other")
	original.CreatedAt, other.CreatedAt = at(5), at(10)
	createFiles(t, catalog, original, other)
	late := copied(original, "copy")
	late.CreatedAt = at(15)
	require.NoError(t, catalog.CopyFile(t.Context(), "original", late, core.Quota{}))
	requireLeastVerified(t, catalog, at(100), original, other)
	requireOrphan(t, catalog, original, "")
	requireLeastVerified(t, catalog, at(100), original, other)

	require.NoError(t, catalog.SaveVerdicts(t.Context(), []core.Verdict{{BlobID: original.BlobID, At: at(20)}}))
	completion := having(finished(receiving("late"), at(30)), "original")
	_, err := catalog.CompleteUpload(t.Context(), completion)
	require.NoError(t, err)
	requireLeastVerified(t, catalog, at(30), other, original)
	requireOrphan(t, catalog, late, "")
	requireLeastVerified(t, catalog, at(30), other, original)
}

func savesVerdicts(t *testing.T, open Opener) {
	catalog := open(t)
	files := share(t, catalog, "a", "b")
	good, untouched := stored("good"), stored("untouched")
	createFiles(t, catalog, good, untouched)
	require.NoError(t, catalog.SaveVerdicts(t.Context(), []core.Verdict{
		{BlobID: files[0].BlobID, At: imprecise(at(60)), Damage: "rot"},
		{BlobID: "gone", At: at(61), Damage: "rot"},
		{BlobID: good.BlobID, At: at(62)},
	}))
	for _, file := range files {
		file.VerifiedAt, file.DamagedAt, file.Damage = at(60), at(60), "rot"
		requireFile(t, catalog, file)
	}
	good.VerifiedAt = at(62)
	requireFile(t, catalog, good)
	requireFile(t, catalog, untouched)
	requireContent(t, catalog, core.ContentQuery{Tenant: "acme", Checksum: files[0].Checksum, Size: core.UnknownSize}, nil)
	require.NoError(t, catalog.SaveVerdicts(t.Context(), nil))
}

func keepsFirstDamage(t *testing.T, open Opener) {
	catalog, file := open(t), stored("a")
	createFiles(t, catalog, file)
	for _, step := range []struct {
		second  int
		damage  string
		damaged time.Time
	}{{60, "a flipped byte", at(60)}, {70, "unreadable", at(60)}, {80, "", time.Time{}}, {90, "rot", at(90)}} {
		verdict := core.Verdict{BlobID: file.BlobID, At: at(step.second), Damage: step.damage}
		require.NoError(t, catalog.SaveVerdicts(t.Context(), []core.Verdict{verdict}))
		file.VerifiedAt, file.DamagedAt, file.Damage = verdict.At, step.damaged, step.damage
		requireFile(t, catalog, file)
	}
}

func listsFilesOf(t *testing.T, open Opener) {
	catalog := open(t)
	shared := share(t, catalog, "a", "b", "c")
	kept := stored("kept")
	kept.Tenant, kept.Status, kept.Quarantine = "other", core.FileQuarantined, "because"
	createFiles(t, catalog, kept)
	for limit := 1; limit <= 4; limit++ {
		files, err := catalog.FilesOf(t.Context(), shared[0].BlobID, limit)
		require.NoError(t, err)
		require.Len(t, files, min(limit, 3))
		require.Subset(t, shared, files)
	}
	files, err := catalog.FilesOf(t.Context(), kept.BlobID, 20)
	require.NoError(t, err)
	require.Equal(t, []core.File{kept}, files)
	for _, none := range []string{"gone", "", shared[0].ID} {
		files, err := catalog.FilesOf(t.Context(), none, 20)
		require.NoError(t, err)
		require.Empty(t, files)
	}
}
