package tests

import (
	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

type (
	pointsRequest = collectorv1.CollectDataPointsRequest
	pointsReceipt = collectorv1.CollectDataPointsResponse
	pointStream   = frameStream[pointsRequest, pointsReceipt]
)

// producer is a first message without a frame.
func producer(id string, epoch int64) *pointsRequest {
	return &pointsRequest{ProducerId: id, Epoch: epoch}
}

func numberedFrame(sequence int64, points ...*collectorv1.DataPoint) *pointsRequest {
	return &pointsRequest{Sequence: sequence, Points: points}
}
