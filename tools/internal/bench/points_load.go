package bench

import (
	"time"

	"github.com/sluice-ingest/sluice/tools/internal/load"
)

// messageStreams is how many streams carry one point a message.
const messageStreams = 8

// makePoints encodes the load. The frames go to the producers in turn.
func makePoints(cfg PointsConfig, end time.Time) *frameLoad {
	timestamps := pointTimestamps(cfg)
	count := timestamps * load.PointSources
	l := &frameLoad{
		items: int64(count), perFrame: cfg.Frame, records: load.PointMetrics, itemName: "points", recordName: "samples",
	}
	points := load.NewPoints(end, timestamps)
	for sent, turn := 0, 0; sent < count; turn++ {
		n := min(cfg.Frame, count-sent)
		l.add(turn, func(sequence int64) []byte { return points.Frame(sequence, n) })
		sent += n
	}
	return l
}

// makeMessages encodes messages with one point. A source keeps to its stream.
func makeMessages(cfg PointsConfig, end time.Time) [][]rawMessage {
	timestamps := pointTimestamps(cfg)
	points := load.NewPoints(end, timestamps)
	streams := make([][]rawMessage, messageStreams)
	for range min(cfg.Messages, timestamps*load.PointSources) {
		to := &streams[points.Source()%messageStreams]
		*to = append(*to, points.Frame(int64(len(*to)+1), 1))
	}
	return streams
}

func pointTimestamps(cfg PointsConfig) int {
	return max(1, cfg.Samples/(load.PointSources*load.PointMetrics))
}
