package catalogtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var contentContracts = []contract{
	{"content is found by checksum and size", findsContent},
	{"content is found by name, then by age", findsContentOfName},
	{"content is found in files of some names", findsContentInNames},
	{"content that no scan has passed is left out where that is asked", findsScannedContent},
}

func requireContent(t *testing.T, catalog core.Catalog, query core.ContentQuery, want *core.File) {
	t.Helper()
	query.Now = at(7)
	got, err := catalog.FindContent(t.Context(), query)
	if want == nil {
		require.ErrorIs(t, err, core.ErrNotFound)
		return
	}
	require.NoError(t, err)
	require.Equal(t, *want, got)
}

func findsContent(t *testing.T, open Opener) {
	catalog, file := open(t), stored("a")
	held, rotten := stored("held"), stored("rotten")
	held.Status, held.Quarantine = core.FileQuarantined, "because"
	rotten.DamagedAt, rotten.Damage = at(6), "rot"
	over, going := stored("over"), stored("going")
	over.ExpiresAt, going.ExpiresAt = at(7), at(8)
	createFiles(t, catalog, file, held, rotten, over, going)
	for _, test := range []struct {
		query core.ContentQuery
		want  *core.File
	}{
		{core.ContentQuery{Tenant: "acme", Checksum: file.Checksum, Size: file.Size}, &file},
		{core.ContentQuery{Tenant: "acme", Checksum: file.Checksum, Size: core.UnknownSize}, &file},
		{core.ContentQuery{Tenant: "acme", Checksum: file.Checksum, Size: file.Size, Name: "another"}, &file},
		{core.ContentQuery{Tenant: "acme", Checksum: file.Checksum, Size: file.Size + 1, Name: file.Name}, nil},
		{core.ContentQuery{Tenant: "acme", Checksum: checksumOf("b"), Size: file.Size, Name: file.Name}, nil},
		{core.ContentQuery{Tenant: "other", Checksum: file.Checksum, Size: file.Size, Name: file.Name}, nil},
		{core.ContentQuery{Tenant: "acme", Checksum: held.Checksum, Size: core.UnknownSize, Name: held.Name}, nil},
		{core.ContentQuery{Tenant: "acme", Checksum: rotten.Checksum, Size: core.UnknownSize, Name: rotten.Name}, nil},
		{core.ContentQuery{Tenant: "acme", Checksum: over.Checksum, Size: core.UnknownSize, Name: over.Name}, nil},
		{core.ContentQuery{Tenant: "acme", Checksum: going.Checksum, Size: core.UnknownSize}, &going},
	} {
		requireContent(t, catalog, test.query, test.want)
	}
}

func findsScannedContent(t *testing.T, open Opener) {
	catalog, file := open(t), stored("a")
	createFiles(t, catalog, file)
	query := core.ContentQuery{Tenant: "acme", Checksum: file.Checksum, Size: file.Size, Name: file.Name, Scanned: true}
	requireContent(t, catalog, query, nil)
	scanned := having(finished(receiving("b"), at(5)), "a")
	scanned.MustScan, scanned.File.Scanned = true, true
	_, second := settled(t, catalog, scanned)
	require.NotEqual(t, file.BlobID, second.BlobID)
	requireContent(t, catalog, query, &second)
	third := copied(second, "third")
	require.NoError(t, catalog.CopyFile(t.Context(), second.ID, third, core.Quota{}))
	requireFile(t, catalog, third)
}

func findsContentOfName(t *testing.T, open Opener) {
	catalog := open(t)
	original := stored("m")
	createFiles(t, catalog, original)
	var files []core.File
	for i, of := range []struct {
		id, name string
		second   int
	}{{"z", "x.csv", 3}, {"b", "x.csv", 2}, {"a", "x.csv", 2}, {"old", "y.csv", 1}} {
		file := copied(original, of.id)
		file.Name, file.CreatedAt = of.name, at(of.second)
		require.NoError(t, catalog.CopyFile(t.Context(), "m", file, core.Quota{}), i)
		files = append(files, file)
	}
	query := core.ContentQuery{Tenant: "acme", Checksum: original.Checksum, Size: original.Size}
	for name, want := range map[string]*core.File{
		"x.csv": &files[2], "y.csv": &files[3], original.Name: &original, "none": &files[3], "": &files[3],
	} {
		query.Name = name
		requireContent(t, catalog, query, want)
	}
}

func findsContentInNames(t *testing.T, open Opener) {
	catalog := open(t)
	files := share(t, catalog, "a", "b", "c")
	query := core.ContentQuery{Tenant: "acme", Checksum: files[0].Checksum, Size: files[0].Size, Name: files[1].Name}
	for _, test := range []struct {
		names principal.Patterns
		want  *core.File
	}{
		{nil, &files[1]},
		{principal.Patterns{"copy*"}, &files[1]},
		{principal.Patterns{"none", "copy c"}, &files[2]},
		{principal.Patterns{"Zürich*"}, &files[0]},
		{principal.Patterns{"none*"}, nil},
	} {
		query.Names = test.names
		requireContent(t, catalog, query, test.want)
	}
}
