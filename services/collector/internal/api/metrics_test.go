package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAReceiptThatIsToldAgainIsCountedOnce(t *testing.T) {
	h := newHarness(t)
	s := h.open(t.Context(), t, "p", 1)
	s.send(1, point("a", 0, 1))
	s.finish(t)
	require.Equal(t, int64(1), h.open(t.Context(), t, "p", 1).finish(t).GetSuccessfulCount())
	families, err := h.metrics.Gather()
	require.NoError(t, err)
	for _, family := range families {
		if family.GetName() == "sluice_collector_points_accepted_total" {
			require.InDelta(t, 1, family.GetMetric()[0].GetCounter().GetValue(), 0)
			return
		}
	}
	t.Fatal("the metric is missing")
}
