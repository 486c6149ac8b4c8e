package catalogtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var fileContracts = []contract{
	{"a file is found as it was created", keepsFiles},
	{"a file's identifier is taken once", refusesTakenID},
	{"a file belongs to its tenant", keepsTenantsApart},
	{"an update changes what it names", updatesFile},
	{"only the tenant's file is updated", refusesUpdate},
	{"a file without an upload is deleted", deletesFile},
}

func keepsFiles(t *testing.T, open Opener) {
	catalog, full := open(t), stored("full")
	full.ExpiresAt = at(99)
	bare := core.File{ID: "bare", Tenant: "acme", CreatedAt: at(0), UpdatedAt: at(0)}
	createFiles(t, catalog, full, bare)
	requireFile(t, catalog, full)
	requireFile(t, catalog, bare)
	requireNoFile(t, catalog, "acme", "other")
}

func refusesTakenID(t *testing.T, open Opener) {
	catalog, first := open(t), stored("a")
	createFiles(t, catalog, first)
	for _, tenant := range []string{"acme", "other"} {
		second := first
		second.Tenant, second.Name = tenant, "second.csv"
		require.ErrorIs(t, catalog.CreateFile(t.Context(), second, core.Quota{}), core.ErrExists)
	}
	requireFile(t, catalog, first)
	requireNoFile(t, catalog, "other", "a")
}

func keepsTenantsApart(t *testing.T, open Opener) {
	catalog, file := open(t), stored("a")
	createFiles(t, catalog, file)
	requireNoFile(t, catalog, "other", "a")
	requireNoFile(t, catalog, "", "a")
	require.ErrorIs(t, catalog.DeleteFile(t.Context(), "other", "a"), core.ErrNotFound)
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

func deletesFile(t *testing.T, open Opener) {
	catalog, gone, kept := open(t), stored("gone"), stored("kept")
	createFiles(t, catalog, gone, kept)
	require.NoError(t, catalog.DeleteFile(t.Context(), "acme", "gone"))
	requireNoFile(t, catalog, "acme", "gone")
	requireFile(t, catalog, kept)
	require.ErrorIs(t, catalog.DeleteFile(t.Context(), "acme", "gone"), core.ErrNotFound)
}
