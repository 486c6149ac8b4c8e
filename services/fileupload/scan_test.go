package fileupload

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// scannerOf answers every scan the same, after a second.
type scannerOf struct {
	verdict core.ScanVerdict
	err     error
}

func (s scannerOf) Scan(context.Context, io.Reader) (core.ScanVerdict, error) {
	time.Sleep(time.Second)
	return s.verdict, s.err
}

func TestScansAreCountedByTheirResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended, end := context.WithCancel(t.Context())
		end()
		late, cancel := context.WithTimeout(t.Context(), 0)
		defer cancel()
		for result, test := range map[string]struct {
			ctx     context.Context
			scanner scannerOf
		}{
			"clean":       {ctx: t.Context()},
			"infected":    {ctx: t.Context(), scanner: scannerOf{verdict: core.ScanVerdict{Infected: true}}},
			"unscannable": {ctx: t.Context(), scanner: scannerOf{err: core.ErrUnscannable}},
			"failed":      {ctx: t.Context(), scanner: scannerOf{err: errors.New("down")}},
			"ended":       {ctx: ended, scanner: scannerOf{err: context.Canceled}},
		} {
			requireCounted(test.ctx, t, test.scanner, result)
		}
		requireCounted(late, t, scannerOf{err: context.DeadlineExceeded}, "failed")
	})
}

func requireCounted(ctx context.Context, t *testing.T, scanner core.Scanner, result string) {
	t.Helper()
	metrics := prometheus.NewRegistry()
	logged, log := observer.New(zap.WarnLevel)
	observed := observeScans(scanner, metrics, zap.New(logged))
	_, _ = observed.Scan(ctx, strings.NewReader(""))
	require.InDelta(t, 1, testutil.ToFloat64(observed.scans.WithLabelValues(result)), 0, result)
	require.Equal(t, result == "failed", log.Len() == 1, "only failures are told")
	families, err := metrics.Gather()
	require.NoError(t, err)
	require.Len(t, families, 2)
	duration := families[0].GetMetric()[0].GetHistogram()
	require.EqualValues(t, 1, duration.GetSampleCount())
	require.InDelta(t, 1, duration.GetSampleSum(), 0)
}

func TestAClamdThatIsNotThereIsToldAndDoesNotKeepTheServiceFromStarting(t *testing.T) {
	cfg := DefaultScanConfig()
	logged, log := observer.New(zap.WarnLevel)
	require.Nil(t, cfg.scans(t.Context(), prometheus.NewRegistry(), zap.New(logged)).Scanner)
	require.Zero(t, log.Len())
	cfg.Clamd = t.TempDir() + "/clamd.ctl"
	scans := cfg.scans(t.Context(), prometheus.NewRegistry(), zap.New(logged))
	require.NotNil(t, scans.Scanner)
	require.Equal(t, cfg.QuarantineExpiry, scans.QuarantineExpiry)
	require.Equal(t, 1, log.FilterMessageSnippet("clamd does not answer").Len())
}
