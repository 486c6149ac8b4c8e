package bench_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/bench"
	"github.com/sluice-ingest/sluice/tools/internal/fakeserver"
	"github.com/sluice-ingest/sluice/tools/internal/service"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// target is a fake server that tells usages of its own making.
type target struct {
	addr string
	// dirs are the data folders it was started with, and stopped how often it
	// was stopped.
	dirs    []string
	stopped int
}

func (s *target) Start(_ context.Context, dir string) (bench.Server, error) {
	s.dirs = append(s.dirs, dir)
	return s, nil
}

func (s *target) Addr() string { return s.addr }

func (s *target) Usage() (service.Usage, bool, error) {
	n := len(s.dirs)
	return service.Usage{CPU: time.Duration(n) * time.Second, PeakRSS: int64(n) << 20}, true, nil
}

func (s *target) Stop() error {
	s.stopped++
	return nil
}

// setting is that of one run on a disk that is not measured.
func setting(t *testing.T, to bench.Target) bench.Setting {
	t.Helper()
	return bench.Setting{
		Target: to, Dir: t.TempDir(), Runs: 1,
		Floor:   func(context.Context, string) (float64, error) { return 100, nil },
		Connect: func(addr string) (*client.StreamingClient, error) { return client.NewStreamingClient(addr) },
		Log:     t.Logf,
	}
}

func config(t *testing.T, to bench.Target) bench.Config {
	t.Helper()
	floors := 0.0
	s := setting(t, to)
	s.Runs, s.Floor = 3, func(context.Context, string) (float64, error) {
		floors += 100
		return floors, nil
	}
	return bench.Config{Setting: s, Size: 300_000, Files: 5, Concurrency: 3}
}

func TestUploadReportsMedians(t *testing.T) {
	server := fakeserver.Start(t)
	to := &target{addr: server.Addr}
	cfg := config(t, to)
	figures, err := bench.Upload(t.Context(), cfg)
	require.NoError(t, err)

	names := []string{
		"upload", "upload_files", "upload_of_floor", "upload_server_cpu", "upload_server_rss", "upload_server_cpu_gb", "floor_dd",
	}
	require.Len(t, figures, len(names))
	for i, name := range names {
		require.Equal(t, name, figures[i].Name)
		require.Len(t, figures[i].Runs, 3)
		require.Positive(t, figures[i].Value)
	}
	require.Equal(t, bench.Figure{Name: "upload_server_cpu", Value: 2, Unit: "s", Runs: []float64{1, 2, 3}}, figures[3])
	require.Equal(t, bench.Figure{Name: "upload_server_rss", Value: 2, Unit: "MiB", Runs: []float64{1, 2, 3}}, figures[4])
	require.InDelta(t, 2/0.0015, figures[5].Value, 0.001, "two seconds for five files of 300,000 bytes")
	require.InDelta(t, figures[0].Value/2, figures[2].Value, 0.001, "of the floor's median, 200 MB/s")
	require.Equal(t, bench.Figure{Name: "floor_dd", Value: 200, Unit: "MB/s", Runs: []float64{100, 200, 300}}, figures[6])

	require.Equal(t, 3, to.stopped)
	require.Len(t, server.Files(), 15)
	requireEmpty(t, cfg.Dir)
}

func TestUploadOfARunningServerKnowsNothingOfItsProcess(t *testing.T) {
	server := fakeserver.Start(t)
	cfg := config(t, bench.Remote{Address: server.Addr})
	cfg.Files, cfg.Runs = 1, 1
	figures, err := bench.Upload(t.Context(), cfg)
	require.NoError(t, err)
	require.Len(t, figures, 3)
	require.Equal(t, "upload", figures[0].Name)
	require.Equal(t, "upload_of_floor", figures[1].Name)
	require.Len(t, figures[2].Runs, 3, "the disk is measured three times however few the runs")
}

func TestUploadSendsTheSameBytesEachTime(t *testing.T) {
	checksums := func() []string {
		server := fakeserver.Start(t)
		cfg := config(t, bench.Remote{Address: server.Addr})
		cfg.Concurrency, cfg.Runs = 1, 1
		_, err := bench.Upload(t.Context(), cfg)
		require.NoError(t, err)
		var sums []string
		for _, file := range server.Files() {
			sums = append(sums, file.GetChecksum())
		}
		return sums
	}
	first := checksums()
	require.Len(t, first, 5)
	require.Equal(t, first, checksums())
	require.NotEqual(t, first[0], first[1], "each file has bytes of its own")
}

func TestUploadFailsWithTheServerAndCleansUp(t *testing.T) {
	server := fakeserver.Start(t)
	broken := errors.New("not today")
	server.Refuse = func(name string) error {
		if name == "000003.bin" {
			return broken
		}
		return nil
	}
	to := &target{addr: server.Addr}
	cfg := config(t, to)
	_, err := bench.Upload(t.Context(), cfg)
	require.ErrorContains(t, err, "not today")
	require.Equal(t, 1, to.stopped)
	requireEmpty(t, cfg.Dir)
}

func TestDDMeasuresAndCleansUp(t *testing.T) {
	dir := t.TempDir()
	value, err := bench.DD(t.Context(), dir, 1)
	require.NoError(t, err)
	require.Positive(t, value)
	requireEmpty(t, dir)

	_, err = bench.DD(t.Context(), dir+"/gone", 1)
	require.ErrorContains(t, err, "measure the disk with dd")
}

func requireEmpty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}
