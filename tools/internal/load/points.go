package load

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// The points of the load: each source measures each metric every interval.
const (
	PointSources  = 1000
	PointMetrics  = 10
	PointInterval = 10 * time.Second

	pointSeed = 42
)

// Points makes the points that benchmarks and the demo send, encoded as the
// messages of sluice.collector.v1: ordered by time and then source, tag-less,
// with ten metrics each whose values walk at random in hundredths. The same end
// yields the same points on every machine.
type Points struct {
	// next timestamp in Unix nanoseconds, and source.
	timestamp int64
	source    int
	random    *rand.Rand
	// values in hundredths by source and metric.
	values [PointSources][PointMetrics]int64
	// metrics are their encoded names.
	metrics [PointMetrics][]byte
}

// NewPoints begins this many timestamps before the end, so that the last one
// is end.
func NewPoints(end time.Time, timestamps int) *Points {
	p := &Points{
		timestamp: end.Add(-time.Duration(timestamps-1) * PointInterval).UnixNano(),
		random:    rand.New(rand.NewPCG(pointSeed, 0)), //nolint:gosec // a load that can be repeated
	}
	for m := range p.metrics {
		p.metrics[m] = protowire.AppendTag(nil, fieldKey, protowire.BytesType)
		p.metrics[m] = protowire.AppendString(p.metrics[m], fmt.Sprintf("f%d", m))
	}
	for s := range p.values {
		for m := range p.values[s] {
			p.values[s][m] = p.random.Int64N(10_001)
		}
	}
	return p
}

// The fields of CollectDataPointsRequest and DataPoint.
const (
	fieldProducer protowire.Number = 1
	fieldEpoch    protowire.Number = 2
	fieldSequence protowire.Number = 3
	fieldPoints   protowire.Number = 4

	fieldSource    protowire.Number = 1
	fieldTimestamp protowire.Number = 2
	fieldMetrics   protowire.Number = 3

	fieldKey   protowire.Number = 1
	fieldValue protowire.Number = 2
)

// pointBytes is a little more than an encoded point has.
const pointBytes = 192

// Source of the point that comes next, as its number.
func (p *Points) Source() int { return p.source }

// Frame appends the next count points to a new frame with this sequence.
func (p *Points) Frame(sequence int64, count int) []byte {
	frame := make([]byte, 0, count*pointBytes)
	frame = protowire.AppendTag(frame, fieldSequence, protowire.VarintType)
	frame = protowire.AppendVarint(frame, uint64(sequence))
	scratch := make([]byte, 0, pointBytes)
	for range count {
		scratch = p.appendPoint(scratch[:0])
		frame = protowire.AppendTag(frame, fieldPoints, protowire.BytesType)
		frame = protowire.AppendBytes(frame, scratch)
	}
	return frame
}

// Opening is a first message that names a producer and carries no points.
func Opening(producerID string, epoch int64) []byte {
	message := protowire.AppendTag(nil, fieldProducer, protowire.BytesType)
	message = protowire.AppendString(message, producerID)
	message = protowire.AppendTag(message, fieldEpoch, protowire.VarintType)
	return protowire.AppendVarint(message, uint64(epoch))
}

// appendPoint appends the next point and walks on.
func (p *Points) appendPoint(b []byte) []byte {
	b = protowire.AppendTag(b, fieldSource, protowire.BytesType)
	b = protowire.AppendString(b, fmt.Sprintf("src-%05d", p.source))
	b = protowire.AppendTag(b, fieldTimestamp, protowire.VarintType)
	b = protowire.AppendVarint(b, uint64(p.timestamp))
	for m := range p.metrics {
		b = p.appendMetric(b, m)
	}
	p.source++
	if p.source == PointSources {
		p.source = 0
		p.timestamp += int64(PointInterval)
	}
	return b
}

func (p *Points) appendMetric(b []byte, metric int) []byte {
	const valueSize = 1 + 8 // tag and value
	key := p.metrics[metric]
	b = protowire.AppendTag(b, fieldMetrics, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(len(key)+valueSize))
	b = append(b, key...)
	value := &p.values[p.source][metric]
	b = protowire.AppendTag(b, fieldValue, protowire.Fixed64Type)
	b = protowire.AppendFixed64(b, math.Float64bits(float64(*value)/100))
	*value += p.random.Int64N(201) - 100
	return b
}
