package catalogtest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var fileListContracts = []contract{
	{"files are listed in pages, newest first", pagesFiles},
	{"files are listed by the beginning of their name", listsByPrefix},
	{"files of one tenant are listed", listsOneTenant},
	{"files of one status are listed", listsOneStatus},
}

func pagesFiles(t *testing.T, open Opener) {
	catalog := open(t)
	for i, second := range creations {
		file := stored(fmt.Sprintf("f%d", i))
		file.CreatedAt = at(second)
		file.Name = "match.csv"
		if i%2 == 1 {
			file.Name = "other.csv"
		}
		createFiles(t, catalog, file)
	}
	for prefix, want := range map[string][]string{
		"":      {"f8", "f9", "f6", "f4", "f2", "f0", "f7", "f3", "f5", "f1"},
		"match": {"f8", "f6", "f4", "f2", "f0"},
		"other": {"f9", "f7", "f3", "f5", "f1"},
	} {
		for limit := 1; limit <= len(want)+1; limit++ {
			require.Equal(t, want, filePages(t, catalog, prefix, limit), "prefix %q, pages of %d", prefix, limit)
		}
	}
}

func filePages(t *testing.T, catalog core.Catalog, prefix string, limit int) []string {
	t.Helper()
	var ids []string
	query := core.FileQuery{Tenant: "acme", Status: core.FileAvailable, NamePrefix: prefix, Limit: limit}
	for {
		page, err := catalog.ListFiles(t.Context(), query)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page), limit)
		if len(page) == 0 {
			return ids
		}
		ids = append(ids, fileIDs(page)...)
		last := page[len(page)-1]
		query.After = core.Page{Before: last.CreatedAt, BeforeID: last.ID}
	}
}

func listsByPrefix(t *testing.T, open Opener) {
	catalog := open(t)
	names := []string{"report.csv", "Report.csv", "repo", "rep%.csv", "rep_.csv", "rép.csv", "rep\U0010ffff", "rep\U0010ffffx", "z"}
	for i, name := range names {
		file := stored(fmt.Sprintf("f%d", i))
		file.Name = name
		createFiles(t, catalog, file)
	}
	for prefix, want := range map[string][]string{
		"rep":           {"f7", "f6", "f4", "f3", "f2", "f0"},
		"report.csv":    {"f0"},
		"report.csvx":   nil,
		"R":             {"f1"},
		"rep%":          {"f3"},
		"rep_":          {"f4"},
		"é":             nil,
		"r\u00e9":       {"f5"},
		"rep\U0010ffff": {"f7", "f6"},
		"%":             nil,
		"z":             {"f8"},
	} {
		found, err := catalog.ListFiles(t.Context(), core.FileQuery{Tenant: "acme", Status: core.FileAvailable, NamePrefix: prefix, Limit: 100})
		require.NoError(t, err)
		require.Equal(t, want, fileIDs(found), "prefix %q", prefix)
	}
}

func listsOneTenant(t *testing.T, open Opener) {
	catalog, ours, theirs := open(t), stored("a"), stored("b")
	theirs.Tenant = "other"
	createFiles(t, catalog, ours, theirs)
	for _, want := range []core.File{ours, theirs} {
		for _, prefix := range []string{"", "Z"} {
			query := core.FileQuery{Tenant: want.Tenant, Status: core.FileAvailable, NamePrefix: prefix, Limit: 10}
			found, err := catalog.ListFiles(t.Context(), query)
			require.NoError(t, err)
			require.Equal(t, []core.File{want}, found)
		}
	}
	found, err := catalog.ListFiles(t.Context(), core.FileQuery{Tenant: "nobody", Status: core.FileAvailable, Limit: 10})
	require.NoError(t, err)
	require.Empty(t, found)
}

func fileIDs(files []core.File) []string {
	var ids []string
	for _, file := range files {
		ids = append(ids, file.ID)
	}
	return ids
}

func listsOneStatus(t *testing.T, open Opener) {
	catalog, fit, held := open(t), stored("fit"), stored("held")
	held.Status, held.Quarantine = core.FileQuarantined, "because"
	createFiles(t, catalog, fit, held)
	for _, want := range []core.File{fit, held} {
		for _, prefix := range []string{"", "Z"} {
			query := core.FileQuery{Tenant: "acme", Status: want.Status, NamePrefix: prefix, Limit: 10}
			found, err := catalog.ListFiles(t.Context(), query)
			require.NoError(t, err)
			require.Equal(t, []core.File{want}, found)
		}
	}
}
