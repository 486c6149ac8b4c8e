package catalogtest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

var unwantedContracts = []contract{
	{"bytes are wanted by a file or a receiving upload", wantsWhatIsOwned},
	{"bytes are looked up by the thousand", looksUpMany},
}

func wantsWhatIsOwned(t *testing.T, open Opener) {
	catalog, ctx := open(t), t.Context()
	going, stopped, forgotten := receiving("going"), receiving("stopped"), receiving("forgotten")
	create(t, catalog, going, stopped, forgotten)
	require.NoError(t, catalog.AbortUpload(ctx, stopped.UploadKey, at(2), at(3)))
	require.NoError(t, catalog.DeleteUpload(ctx, forgotten.UploadKey))
	createFiles(t, catalog, stored("copied"))
	done, doneFile := complete(t, catalog, receiving("done"))
	require.NoError(t, catalog.DeleteUpload(ctx, done.UploadKey))
	_, goneFile := complete(t, catalog, receiving("gone"))
	require.NoError(t, catalog.DeleteFile(ctx, goneFile.Tenant, goneFile.ID))

	unwanted := []string{stopped.FileID, forgotten.FileID, goneFile.ID, "never-seen", ""}
	got, err := catalog.Unwanted(ctx, append([]string{going.FileID, "copied", doneFile.ID}, unwanted...))
	require.NoError(t, err)
	require.ElementsMatch(t, unwanted, got)
}

func looksUpMany(t *testing.T, open Opener) {
	catalog := open(t)
	createFiles(t, catalog, stored("kept"))
	var want []string
	for i := range 5000 {
		want = append(want, fmt.Sprintf("gone-%d", i))
	}
	got, err := catalog.Unwanted(t.Context(), append([]string{"kept"}, want...))
	require.NoError(t, err)
	require.ElementsMatch(t, want, got)
	for _, none := range [][]string{nil, {}, {"kept"}} {
		got, err := catalog.Unwanted(t.Context(), none)
		require.NoError(t, err)
		require.Empty(t, got)
	}
}
