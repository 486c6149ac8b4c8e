package load_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/tools/internal/load"
)

func decodeFrame(t *testing.T, data []byte) *collectorv1.CollectDataPointsRequest {
	t.Helper()
	var frame collectorv1.CollectDataPointsRequest
	require.NoError(t, proto.Unmarshal(data, &frame))
	require.Empty(t, frame.ProtoReflect().GetUnknown())
	return &frame
}

func TestPointsAreThoseOfTheLoad(t *testing.T) {
	end := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	points := load.NewPoints(end, 3)
	last := map[string]float64{}
	seen := 0
	for sequence := int64(1); sequence <= 6; sequence++ {
		frame := decodeFrame(t, points.Frame(sequence, 500))
		require.Equal(t, sequence, frame.GetSequence())
		for _, p := range frame.GetPoints() {
			require.Equal(t, fmt.Sprintf("src-%05d", seen%1000), p.GetSource())
			require.Equal(t, end.Add(-20*time.Second+time.Duration(seen/1000)*10*time.Second).UnixNano(), p.GetTimestamp())
			require.Len(t, p.GetMetrics(), 10)
			require.Empty(t, p.GetTags())
			for metric, value := range p.GetMetrics() {
				key := p.GetSource() + metric
				require.InDelta(t, math.Round(value*100)/100, value, 0)
				if before, ok := last[key]; ok {
					require.LessOrEqual(t, math.Abs(value-before), 1.0000001)
				} else {
					require.True(t, value >= 0 && value <= 100)
				}
				last[key] = value
			}
			seen++
		}
	}
	require.Equal(t, 3000, seen)
	require.Len(t, last, 10_000)
}

func TestPointsAreTheSameEachTime(t *testing.T) {
	end := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	first, again := load.NewPoints(end, 1), load.NewPoints(end, 1)
	require.Equal(t, first.Frame(1, 1000), again.Frame(1, 1000))
	// Pinned: figures compare only on the same work.
	values := decodeFrame(t, load.NewPoints(end, 1).Frame(1, 1)).GetPoints()[0].GetMetrics()
	require.Equal(t, map[string]float64{
		"f0": 85.76, "f1": 96.08, "f2": 13.63, "f3": 8.85, "f4": 18.54,
		"f5": 96.64, "f6": 92.88, "f7": 36.37, "f8": 64.75, "f9": 96.11,
	}, values)
}

func TestOpeningNamesTheProducerAlone(t *testing.T) {
	frame := decodeFrame(t, load.Opening("p", 7))
	require.Equal(t, "p", frame.GetProducerId())
	require.Equal(t, int64(7), frame.GetEpoch())
	require.Zero(t, frame.GetSequence())
	require.Empty(t, frame.GetPoints())
}
