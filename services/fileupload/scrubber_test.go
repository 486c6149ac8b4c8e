package fileupload

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/sluice-ingest/sluice/libs/config"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

func TestScrubSettingsThatCanNotBeUsedAreRefused(t *testing.T) {
	for _, test := range []struct {
		cfg  ScrubConfig
		want string
	}{
		{ScrubConfig{Rate: 16, Interval: time.Hour}, "scrub.rate must be at least 64KiB, or 0"},
		{ScrubConfig{Rate: -1, Interval: time.Hour}, "scrub.rate must be at least 64KiB, or 0"},
		{ScrubConfig{Rate: config.MiB}, "scrub.interval must be above 0"},
	} {
		cfg := DefaultConfig()
		cfg.Scrub = test.cfg
		require.ErrorContains(t, cfg.Validate(), test.want)
	}
	require.NoError(t, ScrubConfig{Interval: time.Hour}.Validate(), "a rate of 0 reads nothing back")
	require.NoError(t, DefaultScrubConfig().Validate())
}

// testScrubber finds everything due at once.
func testScrubber(t *testing.T, d *data) (*scrubber, *observer.ObservedLogs) {
	t.Helper()
	observed, logs := observer.New(zap.InfoLevel)
	cfg := ScrubConfig{Rate: config.GiB, Interval: time.Nanosecond}
	s, err := newScrubber(cfg, d.catalog, d.store, prometheus.NewPedanticRegistry(), zap.New(observed))
	require.NoError(t, err)
	return s, logs
}

// flip changes a byte of a blob on the disk; a second time it restores it.
func flip(t *testing.T, dir, id string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "blobs", "*", id))
	require.NoError(t, err)
	require.Len(t, paths, 1)
	content, err := os.ReadFile(paths[0])
	require.NoError(t, err)
	content[0] ^= 1
	require.NoError(t, os.WriteFile(paths[0], content, 0o600))
}

func TestDamageIsToldOnceAndItsEndToo(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	defer func() { require.NoError(t, d.close()) }()
	whole, rotten := acknowledge(t, d, "whole"), acknowledge(t, d, "rotten")
	flip(t, dir, rotten)
	s, logs := testScrubber(t, d)
	require.Zero(t, s.pass(t.Context()), "there may be more to read")
	s.pass(t.Context())
	told := logs.FilterLevelExact(zap.ErrorLevel)
	require.Equal(t, 1, told.Len(), "it is told once")
	fields := told.All()[0].ContextMap()
	require.Equal(t, rotten, fields["blob"])
	require.Equal(t, "acme", fields["tenant"])
	require.Equal(t, []any{rotten}, fields["files"])
	require.Equal(t, "has another SHA-256 than its receipt says", fields["damage"])
	require.InDelta(t, 1, testutil.ToFloat64(s.metrics.found), 0)
	require.InDelta(t, 1, testutil.ToFloat64(s.metrics.damaged), 0)
	require.InDelta(t, 4, testutil.ToFloat64(s.metrics.contents), 0)
	require.InDelta(t, 2*float64(len("content of "+whole)+len("content of "+rotten)), testutil.ToFloat64(s.metrics.bytes), 0)

	flip(t, dir, rotten)
	s.pass(t.Context())
	require.Equal(t, 1, logs.FilterMessage("stored content is whole again").Len())
	require.InDelta(t, 0, testutil.ToFloat64(s.metrics.damaged), 0)
	require.NoError(t, s.look(t.Context()))
	require.InDelta(t, float64(time.Now().Unix()), testutil.ToFloat64(s.metrics.oldest), 60)
}

func TestDamageThatOthersMendOrDeleteIsForgotten(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	defer func() { require.NoError(t, d.close()) }()
	mended, deleted, still := acknowledge(t, d, "mended"), acknowledge(t, d, "deleted"), acknowledge(t, d, "still")
	for _, id := range []string{mended, deleted, still} {
		flip(t, dir, id)
	}
	s, _ := testScrubber(t, d)
	s.pass(t.Context())
	require.InDelta(t, 3, testutil.ToFloat64(s.metrics.damaged), 0)
	files := core.NewFiles(d.catalog, d.store, limitsOf(t, DefaultConfig()))
	flip(t, dir, mended)
	_, err := files.Verify(t.Context(), "acme", mended)
	require.NoError(t, err)
	require.NoError(t, files.Delete(t.Context(), "acme", deleted))
	require.NoError(t, s.look(t.Context()))
	require.InDelta(t, 1, testutil.ToFloat64(s.metrics.damaged), 0)
	require.Contains(t, s.damaged, still)
}

func TestAStorageThatIsDownIsToldAndTriedAgainLater(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	defer func() { require.NoError(t, d.close()) }()
	acknowledge(t, d, "one")
	s, logs := testScrubber(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	s.core = core.NewScrubber(d.catalog, closedStore{d.store}, time.Nanosecond, 1<<30, func(int) {})
	require.Equal(t, s.pause, s.pass(ctx))
	require.Equal(t, 1, logs.FilterLevelExact(zap.WarnLevel).Len())
	require.Zero(t, logs.FilterLevelExact(zap.ErrorLevel).Len())
	cancel()
	require.Equal(t, s.pause, s.pass(ctx))
	require.Equal(t, 1, logs.FilterLevelExact(zap.WarnLevel).Len(), "an end is no failure")
	s.run(ctx)
}

// closedStore can't open anything.
type closedStore struct{ core.Store }

func (closedStore) Open(context.Context, string) (core.Blob, error) { return nil, os.ErrClosed }

func TestARateOf0ReadsNothingBack(t *testing.T) {
	s, err := newScrubber(ScrubConfig{Interval: time.Hour}, nil, nil, nil, nil)
	require.NoError(t, err)
	require.Nil(t, s)
	s.run(t.Context()) // It returns.
}
