package datafolder

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOneProcessAFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	first, err := Acquire(dir)
	require.NoError(t, err)
	_, err = Acquire(dir)
	require.ErrorContains(t, err, "is used by another process")
	require.NoError(t, first.Release())
	again, err := Acquire(dir)
	require.NoError(t, err)
	require.NoError(t, again.Release())
}
