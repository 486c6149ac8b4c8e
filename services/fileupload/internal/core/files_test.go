package core_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// The catalog has forgotten the file by then, so that no retry can name it.
func TestContentThatCouldNotBeRemovedIsLeftToTheJanitor(t *testing.T) {
	a, content := openAccount(t), randomContent(100_000)
	receipt, err := a.upload(t, a.opening("1", "a.bin", "", everything), content)
	require.NoError(t, err)
	failing := &faultStore{a.store, newFaults(fault{kind: "Discard", n: 1})}
	files := core.NewFiles(a.catalog, failing, a.limits)
	err = files.Delete(t.Context(), a.tenant, receipt.FileID)
	require.Equal(t, problem.StorageFailed, problem.ReasonOf(err))
	require.Equal(t, a.blobs(t), files.TakeDoubtful())
	require.Empty(t, files.TakeDoubtful(), "once")
}
