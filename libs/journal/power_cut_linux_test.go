package journal

import (
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

func TestPowerCutLosesNothingAcknowledged(t *testing.T) {
	bothWays(t, testPowerCutLosesNothingAcknowledged)
}

func testPowerCutLosesNothingAcknowledged(t *testing.T, keys Keys) {
	ext4 := testkit.NewExt4(t, 64)
	dir := ext4.Data()
	all := map[Position]string{}
	for range 3 {
		cmd, lines := startChild(t, dir, keys)
		timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
		// The file system that is being shut down may tell a sync in flight that
		// it succeeded, so what is acknowledged from then on does not count.
		maps.Copy(all, collect(t, lines, 150, false, func() {
			ext4.PowerCut()
			_ = cmd.Process.Kill()
		}))
		timer.Stop()
		require.Error(t, cmd.Wait())
		ext4.Remount()
		requireAcknowledged(t, dir, all, keys)
	}
}
