package bench_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/bench"
	"github.com/sluice-ingest/sluice/tools/internal/fakeserver"
)

// logsTarget starts a fake log service for each use and writes something to its
// data folder.
type logsTarget struct {
	target

	t             *testing.T
	loses, alters bool
}

func (l *logsTarget) Start(ctx context.Context, dir string) (bench.Server, error) {
	server := fakeserver.StartLogs(l.t)
	server.LosesEntries, server.Alters = l.loses, l.alters
	l.addr = server.Addr
	if _, err := l.target.Start(ctx, dir); err != nil {
		return nil, err
	}
	return l, os.WriteFile(filepath.Join(dir, "data"), make([]byte, 40_000), 0o600)
}

func logsConfig(t *testing.T, to bench.Target) bench.LogsConfig {
	t.Helper()
	return bench.LogsConfig{Setting: setting(t, to), Entries: 5_000, Frame: 300}
}

func TestLogsReportsEachFigure(t *testing.T) {
	to := &logsTarget{t: t}
	cfg := logsConfig(t, to)
	figures, err := bench.Logs(t.Context(), cfg)
	require.NoError(t, err)
	var names []string
	for _, f := range figures {
		names = append(names, f.Name+" "+f.Unit)
		require.Positive(t, f.Value, f.Name)
	}
	require.Equal(t, []string{
		"logs_acked_plain entries/s", "logs_stored entries/s", "logs_server_cpu s", "logs_server_rss MiB", "logs_disk B/entry",
		"logs_ack_p99 ms", "logs_query_needle ms", "logs_query_levels ms", "logs_query_last ms", "floor_dd MB/s",
	}, names)
	require.Len(t, figures[0].Runs, 1)
	require.Len(t, figures[9].Runs, 3)
	require.Len(t, to.dirs, 2, "each load is measured on a folder of its own")
	require.Equal(t, 2, to.stopped)
	requireEmpty(t, cfg.Dir)
}

func TestLogsTakesFewEntriesToo(t *testing.T) {
	for _, entries := range []int{1, 2, 7} {
		cfg := logsConfig(t, &logsTarget{t: t})
		cfg.Entries = entries
		_, err := bench.Logs(t.Context(), cfg)
		require.NoError(t, err)
	}
}

// What others have sent to a running server would be in the answers.
func TestLogsOfARunningServerMeasuresNoQueries(t *testing.T) {
	server := fakeserver.StartLogs(t)
	cfg := logsConfig(t, bench.Remote{Address: server.Addr})
	figures, err := bench.Logs(t.Context(), cfg)
	require.NoError(t, err)
	var names []string
	for _, f := range figures {
		names = append(names, f.Name)
	}
	require.Equal(t, []string{"logs_acked_plain", "logs_stored", "logs_ack_p99", "floor_dd"}, names)
}

func TestLogsFailsWithAServerThatLosesSome(t *testing.T) {
	cfg := logsConfig(t, &logsTarget{t: t, loses: true})
	_, err := bench.Logs(t.Context(), cfg)
	require.ErrorContains(t, err, "the server counts 4950 entries, not 5000")
	requireEmpty(t, cfg.Dir)
}

func TestLogsFailsWithAWrongAnswer(t *testing.T) {
	cfg := logsConfig(t, &logsTarget{t: t, alters: true})
	_, err := bench.Logs(t.Context(), cfg)
	require.ErrorContains(t, err, "a search finds")
	requireEmpty(t, cfg.Dir)
}

func TestLogsFailsWithTheServer(t *testing.T) {
	server := fakeserver.StartLogs(t)
	server.Drain()
	_, err := bench.Logs(t.Context(), logsConfig(t, bench.Remote{Address: server.Addr}))
	require.ErrorContains(t, err, "the server is shutting down")
}
