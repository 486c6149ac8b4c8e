package tests

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// TestNoSecretIsInWhatAQueryPutsOnDisk kills the service while a query that needs
// more memory than there is has a part of its work on the disk.
func TestNoSecretIsInWhatAQueryPutsOnDisk(t *testing.T) {
	r := startSecrets(t, "--store-memory-limit", "64MiB", "--store-queries", "16")
	ctx := bounded(t)
	const frames, each = 150, 1000
	stream, _ := r.mustOpen(ctx, t, logProducer("spill", 0))
	for sequence := int64(1); sequence <= frames; sequence++ {
		var entries []*logEntry
		for i := range int64(each) {
			e := r.entry()
			e.Fields["request"] = fmt.Sprintf("%d-%s", sequence*each+i, r.plants.text(alphanumeric, 300))
			if i == 0 {
				e.Fields["request"] += " " + r.plants.plant().text
			}
			entries = append(entries, e)
		}
		require.NoError(t, stream.send(logFrame(sequence, entries...)))
	}
	receipt, err := stream.finish()
	require.NoError(t, err)
	require.Equal(t, int64(frames*each), receipt.GetIndexedCount())
	_, err = r.logs.FlushLogs(ctx, &logaggv1.FlushLogsRequest{})
	require.NoError(t, err)

	r.killWhileSpilling(ctx)
	for attempts := 0; attempts < 5 && r.spilled() == 0; attempts++ {
		r.Restart()
		r.killWhileSpilling(ctx)
	}
	if r.spilled() == 0 {
		// Whether anything is spilled depends on which queries meet. What the next
		// start has to remove does not.
		t.Log("no query had anything on the disk when the service was killed")
		spill := filepath.Join(r.dataDir, "logs.duckdb.spill")
		require.NoError(t, os.MkdirAll(spill, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(spill, "duckdb_temp_storage_DEFAULT-0.tmp"), make([]byte, 1<<20), 0o600))
	}
	r.requireCleanFiles(t)
	r.Restart()
	require.Zero(t, r.spilled(), "what the query left is removed")
}

// killWhileSpilling kills the service when a query has something on the disk, or
// after a while: queries that begin together may all fit, or all be refused.
func (r *secretRun) killWhileSpilling(ctx context.Context) {
	asking, stop := context.WithCancel(ctx)
	var queries sync.WaitGroup
	for i := range 16 {
		queries.Go(func() {
			for asking.Err() == nil {
				if i%2 == 0 {
					_, _, _ = r.search(asking, oldestFirst(nil))
					continue
				}
				// Too many groups for an answer, which it takes all the memory to find out.
				_, _ = r.logs.GetLogStatistics(asking, &logaggv1.GetLogStatisticsRequest{ByFields: []string{"request", "detail"}})
			}
		})
	}
	defer queries.Wait()
	defer stop()
	for deadline := time.Now().Add(5 * time.Second); r.spilled() == 0 && time.Now().Before(deadline); {
		runtime.Gosched()
	}
	r.Kill9()
}

// spilled is the number of files with a part of a query.
func (s *logServer) spilled() int {
	entries, err := os.ReadDir(filepath.Join(s.dataDir, "logs.duckdb.spill"))
	if err != nil {
		return 0
	}
	return len(entries)
}
