package core_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/ingest/frames"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/storage"
)

// A stream that never carried the producer leaves the carrier's alarm alone.
func TestAStreamThatGaveUpLeavesTheCarrierAlone(t *testing.T) {
	r := openRig(t, t.TempDir(), true)
	defer r.close(t)
	carrier := r.begin(t, 0)
	defer carrier.Close()
	var cut error
	carrier.OnFailure(func(cause error) { cut = cause })
	other, err := r.collector.Open(t.Context(), frames.Opening{Key: agent, StartedAt: time.Now()})
	require.NoError(t, err)
	other.Close() // It lost the claim.
	durable := r.journal.Durable()
	require.NoError(t, carrier.Take(t.Context(), encodeFrame(t, 1, samplePoint("a", 0, 1))))
	r.producers.Rollback(durable, storage.Failure(journal.ErrFailed))
	require.Equal(t, problem.StorageFailed, problem.ReasonOf(cut))
}

// The client vanishes while its receipt is synced, and asks again.
func TestAReceiptIsToldAgainAfterTheClientVanished(t *testing.T) {
	r := openRig(t, t.TempDir(), false)
	defer r.close(t)
	c := r.begin(t, 0)
	require.NoError(t, c.Take(t.Context(), encodeFrame(t, 1, samplePoint("a", 0, 1))))
	require.NoError(t, c.Settle(t.Context()))
	ctx, cancel := context.WithCancel(t.Context())
	r.journal.appended = cancel
	_, err := c.Finish(ctx)
	r.journal.appended = nil
	require.ErrorIs(t, err, context.Canceled)
	c.Close()
	c = r.begin(t, 0)
	defer c.Close()
	receipt, err := c.Finish(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(1), receipt.GetSuccessfulCount())
}
