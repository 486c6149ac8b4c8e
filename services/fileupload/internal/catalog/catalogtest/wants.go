package catalogtest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

var wantsContracts = []contract{
	{"bytes are wanted by a file or a receiving upload", wantsWhatIsOwned},
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

	for id, want := range map[string]bool{
		going.FileID: true, stopped.FileID: false, forgotten.FileID: false,
		"copied": true, doneFile.ID: true, goneFile.ID: false, "never-seen": false, "": false,
	} {
		got, err := catalog.Wants(ctx, id)
		require.NoError(t, err)
		require.Equal(t, want, got, "%q", id)
	}
}
