package flow_test

import (
	"runtime/debug"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/config"
	"github.com/sluice-ingest/sluice/libs/flow"
)

func TestTheBudgetFollowsTheMemoryLimit(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 30))
	f := flow.Config{}.Flow(1<<20, 256<<20)
	require.Equal(t, int64(384<<20), f.Budget.Usage().Total, "half of what the rest leaves")
	require.Equal(t, int64(8<<20), flow.Config{}.Flow(1<<20, 2<<30).Budget.Usage().Total, "room for a few streams at least")
	require.Equal(t, int64(64<<20), flow.Config{Budget: 64 * config.MiB}.Flow(1<<20, 2<<30).Budget.Usage().Total)
}

func TestASmallBudgetIsRefused(t *testing.T) {
	require.NoError(t, flow.Config{}.Validate(1<<20))
	require.NoError(t, flow.Config{Budget: 8 * config.MiB}.Validate(1<<20))
	require.ErrorContains(t, flow.Config{Budget: 7 * config.MiB}.Validate(1<<20), "memory.budget: 7MiB")
}

func TestMetrics(t *testing.T) {
	f := flow.Config{Budget: 64 * config.MiB}.Flow(1<<20, 0)
	registry := prometheus.NewRegistry()
	registry.MustRegister(flow.NewCollector("test", f))
	account, err := f.Budget.Admit("a", f.StreamBytes)
	require.NoError(t, err)
	require.NoError(t, account.Hold(t.Context(), 5))
	problems, err := testutil.GatherAndLint(registry)
	require.NoError(t, err)
	require.Empty(t, problems)
	families, err := registry.Gather()
	require.NoError(t, err)
	values := map[string]float64{}
	for _, family := range families {
		values[family.GetName()] = family.GetMetric()[0].GetGauge().GetValue()
	}
	require.Equal(t, map[string]float64{
		"sluice_test_memory_budget_bytes": 64 << 20, "sluice_test_memory_streams_bytes": 1 << 20,
		"sluice_test_memory_messages_bytes": 5, "sluice_test_memory_waiting": 0,
	}, values)
}
