package catalogtest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var namesContracts = []contract{
	{"files and uploads are listed as their names are granted", listsNames},
}

// oddNames would be matched by more, or fewer, patterns were those of SQL.
var oddNames = []string{
	"a%_.*", "a%_.", "a%_.*b", "aXY.*", "a", "aa", "A", "*", "**", "?", "[a]", "ä", "äa", "'", "a\U0010ffff", "%", "_", `\`, `"`,
}

func listsNames(t *testing.T, open Opener) {
	catalog := open(t)
	for i, name := range oddNames {
		file, upload := stored(fmt.Sprintf("f%02d", i)), receiving(fmt.Sprintf("u%02d", i))
		file.Name, upload.FileName = name, name
		createFiles(t, catalog, file)
		create(t, catalog, upload)
	}
	rapid.Check(t, func(r *rapid.T) {
		names := principal.Patterns(rapid.SliceOfN(rapid.StringMatching(`[aA%_.ä?'"]{0,4}[a%_.*ä]`), 0, 4).Draw(r, "names"))
		names = slices.DeleteFunc(names, func(name string) bool {
			return principal.Grants{Files: principal.Patterns{name}}.Validate() != nil
		})
		prefix := rapid.SampledFrom([]string{"", "a", "a%", "ä", "z"}).Draw(r, "prefix")
		var files, uploads []string
		for i, name := range slices.Backward(oddNames) {
			if !names.Allow(name) {
				continue
			}
			uploads = append(uploads, fmt.Sprintf("u%02d", i))
			if len(name) >= len(prefix) && name[:len(prefix)] == prefix {
				files = append(files, fmt.Sprintf("f%02d", i))
			}
		}
		listed, err := catalog.ListFiles(t.Context(), core.FileQuery{
			Tenant: "acme", Status: core.FileAvailable, NamePrefix: prefix, Names: names, Limit: 100,
		})
		require.NoError(r, err)
		require.Equal(r, files, fileIDs(listed))
		going, err := catalog.ListUploads(t.Context(), core.UploadQuery{Tenant: "acme", Subject: "ann", Names: names, Limit: 100})
		require.NoError(r, err)
		var ids []string
		for _, upload := range going {
			ids = append(ids, upload.UploadID)
		}
		require.Equal(r, uploads, ids)
	})
}
