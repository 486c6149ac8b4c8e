package tests

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/libs/client"
)

// TestMessagesASecondSlowAStream has a stream send more than it may. Nothing is
// dropped.
func TestMessagesASecondSlowAStream(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind guardKind) {
		t.Helper()
		const rate, parts = 20, 60
		g := startGuard(t, kind, "--limits-principal-messages-per-second", "20")
		ctx, work := bounded(t), newWork()
		open := kind.open(ctx, t, g.always(t), work)
		began := time.Now()
		for range parts {
			require.NoError(t, open.send())
		}
		require.NoError(t, open.finish())
		require.Greater(t, time.Since(began), (parts/rate-1)*time.Second)
		if kind.name != "files" {
			g.requireItems(t, work, parts+1, parts+1)
		}
	})
}

// TestBytesASecondSlowAStream has the SDK send as fast as it is let.
func TestBytesASecondSlowAStream(t *testing.T) {
	g := startGuard(t, guardKinds[0], "--limits-tenant-bytes-per-second", "1MiB")
	began := time.Now()
	attempts := g.sendWhile(t, func() {}, g.alwaysToken(), client.WithRateLimit(0))
	require.Greater(t, time.Since(began), uploadSize/(1<<20)*time.Second-time.Second)
	require.Equal(t, 1, attempts)
}

// TestOpenStreamsAreBounded opens as many as may be, and one more.
func TestOpenStreamsAreBounded(t *testing.T) {
	limits := map[string]string{"address": "--limits-address-streams", "principal": "--limits-principal-streams", "tenant": "--limits-tenant-streams"}
	for subject, flag := range limits {
		t.Run(subject, func(t *testing.T) {
			const most = 3
			g := startGuard(t, guardKinds[0], flag, "3")
			ctx := bounded(t)
			p := g.always(t)
			var open []*upload
			for range most {
				open = append(open, p.mustBegin(ctx, t, header(guardFile, newWork(), guardPart)))
			}
			err := probeFile(ctx, p)
			requireRefused(t, err, codes.ResourceExhausted, "TOO_MANY_STREAMS")
			quota := quotaFailureOf(t, err)
			require.Len(t, quota.GetViolations(), 1)
			require.Contains(t, quota.GetViolations()[0].GetSubject(), subject)
			open[0].cancel()
			require.Eventually(t, func() bool { return probeFile(ctx, p) == nil }, awaitTime, 20*time.Millisecond)
		})
	}
}

func quotaFailureOf(t *testing.T, err error) *errdetails.QuotaFailure {
	t.Helper()
	for _, detail := range status.Convert(err).Details() {
		if quota, ok := detail.(*errdetails.QuotaFailure); ok {
			return quota
		}
	}
	t.Fatalf("no QuotaFailure: %v", err)
	return nil
}
