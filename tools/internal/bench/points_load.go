package bench

import (
	"time"

	"github.com/sluice-ingest/sluice/tools/internal/load"
)

const (
	// pointConnections is how many connections, each with a producer, send.
	pointConnections = 2
	// messageStreams is how many streams carry one point a message.
	messageStreams = 8
)

// pointLoad is what is sent, encoded, by stream.
type pointLoad struct {
	// framed has the frames of the two producers, and single the messages of
	// eight, each with one point. The frames of a producer are numbered from 1.
	framed, single [][]rawMessage
	// samples of all frames and points of each but the last of them.
	samples int64
	frame   int
}

// makePoints encodes the load. The frames go to the producers in turn. A source
// keeps to its stream where it sends one point a message.
func makePoints(cfg PointsConfig) *pointLoad {
	timestamps := max(1, cfg.Samples/(load.PointSources*load.PointMetrics))
	count := timestamps * load.PointSources
	l := &pointLoad{
		framed: make([][]rawMessage, pointConnections), single: make([][]rawMessage, messageStreams),
		samples: int64(count) * load.PointMetrics, frame: cfg.Frame,
	}
	end := time.Now()
	points := load.NewPoints(end, timestamps)
	for sent, i := 0, 0; sent < count; i++ {
		n := min(cfg.Frame, count-sent)
		to := &l.framed[i%pointConnections]
		*to = append(*to, points.Frame(int64(len(*to)+1), n))
		sent += n
	}
	points = load.NewPoints(end, timestamps)
	for range min(cfg.Messages, count) {
		to := &l.single[points.Source()%messageStreams]
		*to = append(*to, points.Frame(int64(len(*to)+1), 1))
	}
	return l
}

// messages counts the messages with one point.
func (l *pointLoad) messages() int {
	n := 0
	for _, stream := range l.single {
		n += len(stream)
	}
	return n
}
