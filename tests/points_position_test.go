package tests

import (
	"context"
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// positionOf asks how far a producer has come.
func (p pointsPeer) positionOf(ctx context.Context, producerID string) (*streamv1.ProducerPosition, error) {
	response, err := p.points.GetPosition(ctx, &collectorv1.GetPositionRequest{ProducerId: producerID})
	if err != nil {
		return nil, err
	}
	return response.GetPosition(), checkPosition(producerID, response.GetPosition())
}

func (p pointsPeer) mustPosition(ctx context.Context, t tester, producerID string) *streamv1.ProducerPosition {
	t.Helper()
	position, err := p.positionOf(ctx, producerID)
	require.NoError(t, err)
	return position
}

// requirePosition wants every frame up to the last one to be durable.
func (p pointsPeer) requirePosition(ctx context.Context, t tester, producerID string, last int64) {
	t.Helper()
	position := p.mustPosition(ctx, t, producerID).GetPosition()
	require.Equal(t, last, position.GetReceived())
	require.Equal(t, last, position.GetDurable())
}

func checkPosition(producerID string, told *streamv1.ProducerPosition) error {
	position := told.GetPosition()
	if told.GetProducerId() != producerID || position.GetDurable() > position.GetReceived() || told.GetApplied() > position.GetDurable() {
		return fmt.Errorf("the position of %s can't be: %v", producerID, told)
	}
	return nil
}

// positionWatch is an open WatchPosition of one producer.
type positionWatch struct {
	stream     collectorv1.DataCollectionService_WatchPositionClient
	producerID string
	last       *streamv1.ProducerPosition
}

// watchPosition watches until ctx ends.
func (p pointsPeer) watchPosition(ctx context.Context, producerID string) (*positionWatch, error) {
	stream, err := p.points.WatchPosition(ctx, &collectorv1.WatchPositionRequest{ProducerId: producerID})
	return &positionWatch{stream: stream, producerID: producerID}, err
}

// next returns the next position that the server tells. Neither what is durable
// nor what is applied may fall.
func (w *positionWatch) next() (*streamv1.ProducerPosition, error) {
	message, err := w.stream.Recv()
	if err != nil {
		return nil, err
	}
	told := message.GetPosition()
	if err := checkPosition(w.producerID, told); err != nil {
		return nil, err
	}
	if told.GetPosition().GetDurable() < w.last.GetPosition().GetDurable() || told.GetApplied() < w.last.GetApplied() {
		return nil, fmt.Errorf("the position fell from %v to %v", w.last, told)
	}
	w.last = told
	return told, nil
}

// durable reads on until the frame with the sequence is durable.
func (w *positionWatch) durable(sequence int64) error {
	for w.last.GetPosition().GetDurable() < sequence {
		if _, err := w.next(); err != nil {
			return fmt.Errorf("waiting for frame %d, told was %v: %w", sequence, w.last, err)
		}
	}
	return nil
}

// awaitDurable waits until a frame of a producer is durable.
func (p pointsPeer) awaitDurable(ctx context.Context, t tester, producerID string, sequence int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, awaitTime)
	defer cancel()
	watch, err := p.watchPosition(ctx, producerID)
	require.NoError(t, err)
	require.NoError(t, watch.durable(sequence))
}

// within bounds what a test does.
func within(d time.Duration, do func() error) error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-time.After(d):
		return fmt.Errorf("it took longer than %v", d)
	}
}
