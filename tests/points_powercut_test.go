package tests

import (
	"context"
	"testing"
)

func TestEveryAcknowledgedPointSurvivesAPowerCut(t *testing.T) {
	testPowerCuts(t, func(dataDir string) loadServer {
		return startCollectorIn(t, dataDir, "--store-batch-interval", "50ms")
	})
}

func (p pointsPeer) begin(ctx context.Context, id string) (*loadStream, error) {
	frame := func(sequence int64) *pointsRequest {
		return numberedFrame(sequence, numberedPoints(id, (sequence-1)*frameItems, sequence*frameItems)...)
	}
	accepted := func(r *pointsReceipt) int64 { return r.GetEpochTotals().GetSuccessfulCount() }
	return beginStream(ctx, p.framesPeer, producer(id, 0), frame, accepted)
}
