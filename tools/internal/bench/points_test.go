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

// collectorTarget starts a fake collector for each use and writes something to
// its data folder.
type collectorTarget struct {
	target

	t     *testing.T
	loses bool
}

func (c *collectorTarget) Start(ctx context.Context, dir string) (bench.Server, error) {
	server := fakeserver.StartCollector(c.t)
	server.LosesPoints = c.loses
	c.addr = server.Addr
	if _, err := c.target.Start(ctx, dir); err != nil {
		return nil, err
	}
	return c, os.WriteFile(filepath.Join(dir, "data"), make([]byte, 40_000), 0o600)
}

func pointsConfig(t *testing.T, to bench.Target) bench.PointsConfig {
	t.Helper()
	return bench.PointsConfig{Setting: setting(t, to), Samples: 20_000, Frame: 300, Messages: 700}
}

func TestPointsReportsEachFigure(t *testing.T) {
	to := &collectorTarget{t: t}
	cfg := pointsConfig(t, to)
	figures, err := bench.Points(t.Context(), cfg)
	require.NoError(t, err)
	var names []string
	for _, f := range figures {
		names = append(names, f.Name+" "+f.Unit)
		require.Positive(t, f.Value, f.Name)
	}
	require.Equal(t, []string{
		"points_acked_plain samples/s", "points_stored samples/s", "points_server_cpu s", "points_server_rss MiB",
		"points_disk B/sample", "points_ack_p99 ms", "points_messages messages/s", "floor_dd MB/s",
	}, names)
	require.Len(t, figures[0].Runs, 1)
	require.Len(t, figures[7].Runs, 3)
	require.Len(t, to.dirs, 3, "each thing is measured on a folder of its own")
	require.Equal(t, 3, to.stopped)
	requireEmpty(t, cfg.Dir)
}

func TestPointsOfARunningServerKnowsNothingOfItsProcess(t *testing.T) {
	server := fakeserver.StartCollector(t)
	cfg := pointsConfig(t, bench.Remote{Address: server.Addr})
	cfg.Messages = 0
	figures, err := bench.Points(t.Context(), cfg)
	require.NoError(t, err)
	var names []string
	for _, f := range figures {
		names = append(names, f.Name)
	}
	require.Equal(t, []string{"points_acked_plain", "points_stored", "points_ack_p99", "floor_dd"}, names)
}

func TestPointsFailsWithAServerThatLosesSome(t *testing.T) {
	cfg := pointsConfig(t, &collectorTarget{t: t, loses: true})
	_, err := bench.Points(t.Context(), cfg)
	require.ErrorContains(t, err, "the server counts 19800 samples, not 20000")
	requireEmpty(t, cfg.Dir)
}

func TestPointsFailsWithTheServer(t *testing.T) {
	server := fakeserver.StartCollector(t)
	server.Drain()
	_, err := bench.Points(t.Context(), pointsConfig(t, bench.Remote{Address: server.Addr}))
	require.ErrorContains(t, err, "the server is shutting down")
}
