package collector

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
)

func TestTheMetricsOfTheStoreKeepTheirNames(t *testing.T) {
	cfg := DefaultConfig()
	cfg.DataDir = t.TempDir()
	registry := prometheus.NewRegistry()
	points, err := openPoints(t.Context(), cfg, registry, zap.NewNop())
	require.NoError(t, err)
	families, err := registry.Gather()
	require.NoError(t, err)
	var names []string
	for _, family := range families {
		names = append(names, family.GetName())
	}
	require.Equal(t, []string{
		"sluice_collector_apply_failures_total", "sluice_collector_batch_duration_seconds",
		"sluice_collector_journal_bytes", "sluice_collector_journal_lag_bytes", "sluice_collector_quota_refusals_total",
		"sluice_collector_samples_stored_total", "sluice_collector_series",
	}, names)
	require.NoError(t, points.close())
}
