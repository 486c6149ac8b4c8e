package catalogtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var fileContracts = []contract{
	{"a file is found as it was created", keepsFiles},
	{"a file belongs to its tenant", keepsTenantsApart},
	{"an update changes what it names", updatesFile},
	{"only the tenant's file is updated", refusesUpdate},
	{"a copy shares the content", copiesFile},
	{"a copy is as verified and damaged as its original", copiesHealth},
	{"only an available file of the tenant is copied", refusesCopy},
	{"a copy's identifier is taken once", refusesTakenID},
}

func keepsFiles(t *testing.T, open Opener) {
	catalog, full, held := open(t), stored("full"), stored("held")
	full.ExpiresAt, full.VerifiedAt, full.DamagedAt, full.Damage = at(99), at(98), at(97), "rot"
	held.Status, held.Quarantine = core.FileQuarantined, "Eicar-Signature"
	bare := core.File{
		ID: "bare", BlobID: "bare", Tenant: "acme", CreatedAt: at(0), UpdatedAt: at(0), Status: core.FileAvailable,
	}
	createFiles(t, catalog, full, held, bare)
	for _, file := range []core.File{full, held, bare} {
		requireFile(t, catalog, file)
	}
	requireNoFile(t, catalog, "acme", "other")
}

func keepsTenantsApart(t *testing.T, open Opener) {
	catalog, file := open(t), stored("a")
	createFiles(t, catalog, file)
	requireNoFile(t, catalog, "other", "a")
	requireNoFile(t, catalog, "", "a")
	_, err := catalog.DeleteFile(t.Context(), "other", "a", core.FileAvailable, ended(90))
	require.ErrorIs(t, err, core.ErrNotFound)
	requireFile(t, catalog, file)
}

func updatesFile(t *testing.T, open Opener) {
	catalog, file, other := open(t), stored("a"), stored("b")
	createFiles(t, catalog, file, other)
	metadata, none, expiry, never := map[string]string{"new": "1"}, map[string]string(nil), at(500), time.Time{}
	for i, step := range []struct {
		metadata  *map[string]string
		expiresAt *time.Time
	}{
		{&metadata, nil}, {nil, &expiry}, {nil, nil}, {&none, nil}, {nil, &never}, {&metadata, &expiry},
	} {
		file.UpdatedAt = at(100 + i)
		if step.metadata != nil {
			file.Metadata = *step.metadata
		}
		if step.expiresAt != nil {
			file.ExpiresAt = *step.expiresAt
		}
		change := core.FileChange{Metadata: step.metadata, ExpiresAt: step.expiresAt, UpdatedAt: file.UpdatedAt}
		got, err := catalog.UpdateFile(t.Context(), file.Tenant, file.ID, change)
		require.NoError(t, err)
		require.Equal(t, file, got, "step %d", i)
		requireFile(t, catalog, file)
	}
	requireFile(t, catalog, other)
}

func refusesUpdate(t *testing.T, open Opener) {
	catalog, file := open(t), stored("a")
	createFiles(t, catalog, file)
	change := core.FileChange{Metadata: &map[string]string{"stolen": "yes"}, UpdatedAt: at(9)}
	for _, key := range [][2]string{{"other", "a"}, {"acme", "b"}} {
		_, err := catalog.UpdateFile(t.Context(), key[0], key[1], change)
		require.ErrorIs(t, err, core.ErrNotFound)
	}
	requireFile(t, catalog, file)
}

func copiesFile(t *testing.T, open Opener) {
	catalog, from := open(t), stored("a")
	createFiles(t, catalog, from)
	first, second := copied(from, "b"), copied(from, "c")
	require.NoError(t, catalog.CopyFile(t.Context(), "a", first, core.Quota{}))
	require.NoError(t, catalog.CopyFile(t.Context(), "b", second, core.Quota{}), "a copy of the copy")
	for _, file := range []core.File{from, first, second} {
		requireFile(t, catalog, file)
	}
}

func copiesHealth(t *testing.T, open Opener) {
	catalog, from := open(t), stored("a")
	createFiles(t, catalog, from)
	late := copied(from, "b")
	require.NoError(t, catalog.SaveVerdicts(t.Context(), []core.Verdict{{BlobID: from.BlobID, At: at(60), Damage: "rot"}}))
	require.NoError(t, catalog.CopyFile(t.Context(), "a", late, core.Quota{}))
	late.VerifiedAt, late.DamagedAt, late.Damage = at(60), at(60), "rot"
	requireFile(t, catalog, late)
}

func refusesCopy(t *testing.T, open Opener) {
	catalog, held, elsewhere := open(t), stored("held"), stored("elsewhere")
	held.Status, held.Quarantine = core.FileQuarantined, "because"
	elsewhere.Tenant = "other"
	createFiles(t, catalog, held, elsewhere)
	for _, from := range []string{"held", "elsewhere", "missing"} {
		for _, quota := range []core.Quota{{}, {Files: 100}} {
			file := copied(stored(from), "copy")
			require.ErrorIs(t, catalog.CopyFile(t.Context(), from, file, quota), core.ErrNotFound, from)
		}
	}
	requireNoFile(t, catalog, "acme", "copy")
}

func refusesTakenID(t *testing.T, open Opener) {
	catalog, first, theirs := open(t), stored("a"), stored("theirs")
	theirs.Tenant = "other"
	createFiles(t, catalog, first, theirs)
	require.ErrorIs(t, catalog.CopyFile(t.Context(), "a", copied(first, "a"), core.Quota{}), core.ErrExists)
	require.ErrorIs(t, catalog.CopyFile(t.Context(), "a", copied(first, "theirs"), core.Quota{}), core.ErrExists)
	requireFile(t, catalog, first)
	requireFile(t, catalog, theirs)
}
