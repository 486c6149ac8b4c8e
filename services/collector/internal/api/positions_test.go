package api_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

func TestAPositionIsTheProducersOwn(t *testing.T) {
	h := newHarness(t)
	mine := as(t.Context(), "acme", "me")
	s := h.open(mine, t, "p", 3)
	s.send(1, point("a", 0, 1))
	s.finish(t)
	position := h.position(mine, t, "p")
	require.Equal(t, int64(3), position.GetEpoch())
	require.Equal(t, int64(1), position.GetPosition().GetReceived())
	require.Equal(t, int64(1), position.GetPosition().GetDurable())
	for _, other := range []context.Context{as(t.Context(), "acme", "you"), as(t.Context(), "other", "me"), t.Context()} {
		_, err := h.points.GetPosition(other, &collectorv1.GetPositionRequest{ProducerId: "p"})
		failed := refusalOf(t, err)
		require.Equal(t, codes.NotFound, failed.code)
		require.Equal(t, "PRODUCER_NOT_FOUND", failed.reason)
	}
	_, err := h.points.GetPosition(mine, &collectorv1.GetPositionRequest{})
	require.Equal(t, "FIELD_INVALID", refusalOf(t, err).reason)
}

func TestAWatchFollowsAProducerFromBeforeItsFirstStream(t *testing.T) {
	h := newHarness(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	watch, err := h.points.WatchPosition(ctx, &collectorv1.WatchPositionRequest{ProducerId: "p"})
	require.NoError(t, err)
	first, err := watch.Recv()
	require.NoError(t, err)
	require.Zero(t, first.GetPosition().GetPosition().GetDurable())

	s := h.open(t.Context(), t, "p", 1)
	for sequence := int64(1); sequence <= 3; sequence++ {
		s.send(sequence, point("a", sequence, 1))
		awaitPosition(t, watch, func(p *streamv1.ProducerPosition) bool { return p.GetPosition().GetDurable() == sequence })
	}
	awaitPosition(t, watch, func(p *streamv1.ProducerPosition) bool { return p.GetApplied() == 3 })
	s.finish(t)
}

type positionWatch interface {
	Recv() (*collectorv1.WatchPositionResponse, error)
}

// awaitPosition reads a watch until a position is as wanted. A position never
// goes back.
func awaitPosition(t *testing.T, watch positionWatch, wanted func(*streamv1.ProducerPosition) bool) {
	t.Helper()
	var last int64
	for {
		response, err := watch.Recv()
		require.NoError(t, err)
		position := response.GetPosition()
		require.GreaterOrEqual(t, position.GetPosition().GetDurable(), last)
		require.GreaterOrEqual(t, position.GetPosition().GetDurable(), position.GetApplied())
		require.GreaterOrEqual(t, position.GetPosition().GetReceived(), position.GetPosition().GetDurable())
		last = position.GetPosition().GetDurable()
		if wanted(position) {
			return
		}
	}
}
