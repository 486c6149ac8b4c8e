package diskspace

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/config"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

func TestARealDiskRunsLowAndRecovers(t *testing.T) {
	dir := testkit.SmallDisk(t, 8<<20)
	w, err := New(dir, Config{LowWatermark: 4 * config.MiB}, zap.NewNop())
	require.NoError(t, err)
	require.NoError(t, w.Check())
	ballast := filepath.Join(dir, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 5<<20), 0o600))
	w.look()
	require.Error(t, w.Check())
	require.NoError(t, os.Remove(ballast))
	w.look()
	require.NoError(t, w.Check())
}
