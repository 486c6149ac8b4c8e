package tests

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	usagev1 "github.com/sluice-ingest/sluice/gen/sluice/usage/v1"
)

// TestTheQuotaOfADayIsExactAfterAKill fills a tenant's quota of points, with the
// process killed between the frames.
func TestTheQuotaOfADayIsExactAfterAKill(t *testing.T) {
	s := startCollectorIn(t, t.TempDir(), "--quotas-points-per-day", "4")
	ctx := bounded(t)
	for sequence := int64(1); sequence <= 4; sequence++ {
		_, err := s.deliver(ctx, producer("p", 0), numberedFrame(sequence, tick("a", sequence)))
		require.NoError(t, err)
		s.Kill9()
		s.Restart()
		got, err := usagev1.NewUsageServiceClient(s.conn).GetUsage(ctx, &usagev1.GetUsageRequest{})
		require.NoError(t, err)
		require.Equal(t, sequence, got.GetUsages()[0].GetUsed())
	}
	_, err := s.deliver(ctx, producer("q", 0), numberedFrame(1, tick("b", 1)))
	requireRefused(t, err, codes.ResourceExhausted, "QUOTA_EXCEEDED")
}
