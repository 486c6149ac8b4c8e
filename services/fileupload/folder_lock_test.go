package fileupload

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOneProcessAFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	first, err := lockFolder(dir)
	require.NoError(t, err)
	cfg := DefaultConfig()
	cfg.DataDir = dir
	cfg.Server.Listen, cfg.Server.AdminListen = "127.0.0.1:0", ""
	require.ErrorContains(t, Run(t.Context(), cfg), "is used by another process")
	require.NoError(t, first.release())
	again, err := lockFolder(dir)
	require.NoError(t, err)
	require.NoError(t, again.release())
}
