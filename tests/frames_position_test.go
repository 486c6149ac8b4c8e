package tests

import (
	"context"
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// positions asks a service how far its producers have come.
type positions struct {
	get func(ctx context.Context, producerID string) (*streamv1.ProducerPosition, error)
	// watch returns what receives the next position.
	watch func(ctx context.Context, producerID string) (func() (*streamv1.ProducerPosition, error), error)
}

// positionOf asks how far a producer has come.
func (p positions) positionOf(ctx context.Context, producerID string) (*streamv1.ProducerPosition, error) {
	told, err := p.get(ctx, producerID)
	if err != nil {
		return nil, err
	}
	return told, checkPosition(producerID, told)
}

func (p positions) mustPosition(ctx context.Context, t tester, producerID string) *streamv1.ProducerPosition {
	t.Helper()
	position, err := p.positionOf(ctx, producerID)
	require.NoError(t, err)
	return position
}

// requirePosition wants every frame up to the last one to be durable.
func (p positions) requirePosition(ctx context.Context, t tester, producerID string, last int64) {
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
	receive    func() (*streamv1.ProducerPosition, error)
	producerID string
	last       *streamv1.ProducerPosition
}

// watchPosition watches until ctx ends.
func (p positions) watchPosition(ctx context.Context, producerID string) (*positionWatch, error) {
	receive, err := p.watch(ctx, producerID)
	return &positionWatch{receive: receive, producerID: producerID}, err
}

// next returns the next position that the server tells. Neither what is durable
// nor what is applied may fall.
func (w *positionWatch) next() (*streamv1.ProducerPosition, error) {
	told, err := w.receive()
	if err != nil {
		return nil, err
	}
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
func (p positions) awaitDurable(ctx context.Context, t tester, producerID string, sequence int64) {
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
