package diskspace

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/sluice-ingest/sluice/libs/problem"
)

var errDisk = errors.New("the disk failed")

// disk is a file system whose free space a test says.
type disk struct {
	free    atomic.Int64
	failing atomic.Bool
}

func (d *disk) ask() (int64, error) {
	if d.failing.Load() {
		return 0, errDisk
	}
	return d.free.Load(), nil
}

// watch runs a watcher with a watermark of 1000 bytes.
func watch(t *testing.T, d *disk, log *zap.Logger) (w *Watcher, stop func()) {
	t.Helper()
	w, err := newWatcher(Config{LowWatermark: 1000}, d.ask, log)
	require.NoError(t, err)
	return w, w.Start(t.Context())
}

func TestNewWorkIsRefusedBelowTheWatermarkAndTakenSomeWayAbove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		d.free.Store(1000)
		w, stop := watch(t, d, zap.NewNop())
		defer stop()
		for _, step := range []struct {
			free int64
			low  bool
		}{{1000, false}, {999, true}, {1000, true}, {1099, true}, {1100, false}, {1000, false}, {0, true}, {1 << 40, false}} {
			d.free.Store(step.free)
			time.Sleep(interval)
			synctest.Wait()
			require.Equal(t, step.low, w.Check() != nil, "%d bytes free", step.free)
		}
	})
}

func TestTheFirstLookIsAtTheStart(t *testing.T) {
	d := &disk{}
	d.free.Store(5)
	w, err := newWatcher(Config{LowWatermark: 1000}, d.ask, zap.NewNop())
	require.NoError(t, err)
	require.Equal(t, problem.StorageLow, problem.ReasonOf(w.Check()))
	d.failing.Store(true)
	_, err = newWatcher(Config{LowWatermark: 1000}, d.ask, zap.NewNop())
	require.ErrorIs(t, err, errDisk)
}

func TestAWatermarkOfNothingRefusesNothing(t *testing.T) {
	w, err := newWatcher(Config{}, (&disk{}).ask, zap.NewNop())
	require.NoError(t, err)
	require.NoError(t, w.Check())
}

func TestWithoutAnAnswerWhatWasKnownStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, told := observer.New(zap.InfoLevel)
		d := &disk{}
		w, stop := watch(t, d, zap.New(core))
		defer stop()
		d.failing.Store(true)
		time.Sleep(3 * interval)
		synctest.Wait()
		require.Error(t, w.Check())
		require.Equal(t, 1, told.FilterMessageSnippet("could not learn").Len(), "told once")
		d.failing.Store(false)
		d.free.Store(5000)
		time.Sleep(interval)
		synctest.Wait()
		require.NoError(t, w.Check())
	})
}

func TestAFolderTellsItsFreeSpace(t *testing.T) {
	dir := t.TempDir()
	free, err := Free(dir)
	require.NoError(t, err)
	require.Positive(t, free)
	_, err = New(dir+"/absent", DefaultConfig(), zap.NewNop())
	require.ErrorContains(t, err, "free space")
}

func TestMetricsShowTheSpace(t *testing.T) {
	d := &disk{}
	d.free.Store(7)
	w, err := newWatcher(Config{LowWatermark: 1000}, d.ask, zap.NewNop())
	require.NoError(t, err)
	registry := prometheus.NewRegistry()
	w.Register(registry, "collector")
	families, err := registry.Gather()
	require.NoError(t, err)
	got := map[string]float64{}
	for _, family := range families {
		got[family.GetName()] = family.GetMetric()[0].GetGauge().GetValue()
	}
	require.Equal(t, map[string]float64{"sluice_collector_storage_free_bytes": 7, "sluice_collector_storage_low": 1}, got)
}

func TestSettingsThatCannotBeUsed(t *testing.T) {
	require.NoError(t, DefaultConfig().Validate())
	require.ErrorContains(t, Config{LowWatermark: -1}.Validate(), "storage.low_watermark")
	require.NoError(t, Config{}.CheckAbove(1<<20))
	require.NoError(t, Config{LowWatermark: 1<<20 + 1}.CheckAbove(1<<20))
	require.ErrorContains(t, Config{LowWatermark: 1 << 20}.CheckAbove(1<<20), "above journal.min_free_space")
}
