package api_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/principal"
)

// An instance of epoch 2 waits for the stream before it to settle, and the
// instance that it replaces comes back.
func TestAnOlderEpochDoesNotFenceANewerOneThatWaits(t *testing.T) {
	h := newHarness(t)
	h.open(t.Context(), t, "p", 1).finish(t)
	release, err := h.streams.Hold(t.Context(), ingest.WorkKey{
		Tenant: principal.Anonymous.Tenant, Subject: principal.Anonymous.Subject, WorkID: "p",
	}, errors.New("settling"))
	require.NoError(t, err)
	opened := make(chan error, 2)
	open := func(epoch int64) {
		_, err := h.tryOpen(t.Context(), t, &collectorv1.CollectDataPointsRequest{ProducerId: "p", Epoch: epoch})
		opened <- err
	}
	go open(2)
	time.Sleep(200 * time.Millisecond)
	go open(1)
	time.Sleep(200 * time.Millisecond)
	release()
	require.Equal(t, "FENCED", refusalOf(t, <-opened).reason, "epoch 1")
	require.NoError(t, <-opened, "epoch 2")
	require.Equal(t, int64(2), h.position(t.Context(), t, "p").GetEpoch())
}
