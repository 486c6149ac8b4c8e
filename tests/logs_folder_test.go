package tests

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestAServiceRefusesTheFolderOfAnother starts the log service on the folder of
// the data-point service and the other way round. Neither may take what the other
// has in its journal for its own, and the folder must stay as it was.
func TestAServiceRefusesTheFolderOfAnother(t *testing.T) {
	collectorBinary := testkit.Build(t, "services/collector", "./cmd/sluice-collector")
	t.Run("logs_in_a_folder_of_points", func(t *testing.T) {
		for _, killed := range []bool{true, false} {
			dir := t.TempDir()
			s := startCollectorIn(t, dir, "--store-batch-interval", "1m")
			ctx := bounded(t)
			want := stored{}
			want.take(tick("kept", 1), tick("kept", 2))
			_, err := s.deliver(ctx, producer("kept", 0), numberedFrame(1, tick("kept", 1), tick("kept", 2)))
			require.NoError(t, err)
			end(t, s.Process, killed)
			requireFolderRefused(t, logsBinary(t), dir)
			s.Restart()
			s.requireQueried(ctx, t, want, selection{}, waitFor("kept", 1))
		}
	})
	t.Run("points_in_a_folder_of_logs", func(t *testing.T) {
		for _, killed := range []bool{true, false} {
			dir := t.TempDir()
			s := startLogsIn(t, dir, "--store-batch-interval", "1m")
			ctx := bounded(t)
			var want indexedLogs
			entries := []sentEntry{plainLog("kept", 1), plainLog("kept", 2)}
			want = want.with(entries...)
			_, err := s.deliver(ctx, logProducer("kept", 0), logFrame(1, logEntries(entries)...))
			require.NoError(t, err)
			end(t, s.Process, killed)
			requireFolderRefused(t, collectorBinary, dir)
			s.Restart()
			s.requireSearched(ctx, t, want, nil, waitFor("kept", 1))
		}
	})
}

// end ends a process at once, or lets it drain.
func end(t *testing.T, p *testkit.Process, killed bool) {
	t.Helper()
	if killed {
		p.Kill9()
		return
	}
	require.NoError(t, p.Terminate(realTime))
}

// requireFolderRefused wants a service not to start on a folder, nor to change
// anything in it but the lock.
func requireFolderRefused(t *testing.T, binary, dir string) {
	t.Helper()
	before := filesOf(t, dir)
	outcome := testkit.Run(t, 20*time.Second, binary, "--listen", "127.0.0.1:0", "--admin-listen", "", "--data-dir", dir)
	require.NotZero(t, outcome.ExitCode)
	require.Contains(t, outcome.Output, dir, "the error names the folder")
	require.Equal(t, before, filesOf(t, dir))
}

// filesOf returns the content of a folder by file.
func filesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "LOCK" {
			return err
		}
		data, err := os.ReadFile(path)
		files[path] = string(data)
		return err
	})
	require.NoError(t, err)
	return files
}
