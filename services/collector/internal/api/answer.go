package api

import (
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// What a sample and a bucket take in a part, at most.
const (
	sampleBytes = 5 + 8 + 8
	bucketBytes = 80
)

// partBytes is about how large the parts of an answer are. With the largest
// series on top, of 13 KiB, they stay far below what clients take.
const partBytes = 16_384 * sampleBytes

// answer sends what a query finds, in parts.
type answer struct {
	out  queryStream
	part *collectorv1.QueryDataPointsResponse
	// bytes is what the part takes, at most.
	bytes int
}

func newAnswer(out queryStream) *answer {
	return &answer{out: out, part: &collectorv1.QueryDataPointsResponse{}}
}

// Define implements core.SampleSink.
func (a *answer) Define(s core.Series) error {
	series := seriesOf(&s)
	a.part.Series = append(a.part.Series, series)
	return a.grow(proto.Size(series))
}

// Sample implements core.SampleSink.
func (a *answer) Sample(key core.SampleKey, value float64) error {
	a.part.SeriesIds = append(a.part.SeriesIds, int64(key.Series))
	a.part.Timestamps = append(a.part.Timestamps, key.Time)
	a.part.Values = append(a.part.Values, value)
	return a.grow(sampleBytes)
}

// Bucket implements core.SampleSink.
func (a *answer) Bucket(b *core.Bucket) error {
	a.part.Buckets = append(a.part.Buckets, bucketOf(b))
	return a.grow(bucketBytes)
}

func (a *answer) grow(bytes int) error {
	if a.bytes += bytes; a.bytes < partBytes {
		return nil
	}
	return a.flush()
}

// flush sends the part, unless it is empty. What was sent is grpc's.
func (a *answer) flush() error {
	if a.bytes == 0 {
		return nil
	}
	sent := a.part
	a.bytes = 0
	a.part = &collectorv1.QueryDataPointsResponse{
		SeriesIds:  make([]int64, 0, len(sent.GetSeriesIds())),
		Timestamps: make([]int64, 0, len(sent.GetTimestamps())),
		Values:     make([]float64, 0, len(sent.GetValues())),
	}
	return a.out.Send(sent)
}
