package fakeserver

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// Collector is a collector in memory. Set its fields before it gets calls.
type Collector struct {
	collectorv1.UnimplementedDataCollectionServiceServer
	Gate

	// Addr is where it listens, on the loopback interface.
	Addr string
	// LosesPoints has it lose every hundredth point that it says to have taken,
	// and count it all the same.
	LosesPoints bool
	// Validates has it reject points as a real one does, in part.
	Validates bool
	// Fails has it refuse every frame as one whose disk fails.
	Fails bool

	// mu guards what follows.
	mu        sync.Mutex
	producers map[string]*producer
	series    []*collectorv1.Series
	ids       map[string]int64
	samples   map[sampleKey]float64
	points    int64
	// moved is closed and replaced when a producer has moved.
	moved chan struct{}
}

// producer is what is known of one.
type producer struct {
	epoch, sequence    int64
	successful, failed int64
	reasons            map[collectorv1.PointErrorReason]int64
}

type sampleKey struct {
	timestamp int64
	// series is its index and number.
	series int64
}

// NewCollector returns a collector without a listener.
func NewCollector() *Collector {
	return &Collector{
		Validates: true, producers: map[string]*producer{}, samples: map[sampleKey]float64{},
		ids: map[string]int64{}, moved: make(chan struct{}),
	}
}

// StartCollector returns a collector that takes calls until the test ends.
func StartCollector(t testing.TB) *Collector {
	t.Helper()
	c := NewCollector()
	c.Addr = serve(t, c.GRPC())
	return c
}

// GRPC returns a gRPC server with the service.
func (c *Collector) GRPC() *grpc.Server {
	server := grpc.NewServer(c.options()...)
	collectorv1.RegisterDataCollectionServiceServer(server, c)
	return server
}

type collectStream = grpc.ClientStreamingServer[collectorv1.CollectDataPointsRequest, collectorv1.CollectDataPointsResponse]

// CollectDataPoints takes points in.
func (c *Collector) CollectDataPoints(stream collectStream) error {
	message, err := stream.Recv()
	if err != nil {
		return Problem(codes.InvalidArgument, "EMPTY_STREAM", "", "the stream carries nothing")
	}
	id := message.GetProducerId()
	p := c.producer(id, message.GetEpoch())
	if err := greetProducer(stream, id, c.sequence(p)); err != nil {
		return err
	}
	receipt := &collectorv1.CollectDataPointsResponse{ProducerId: id}
	for {
		if id == "" && len(message.GetPoints()) > 0 {
			message.Sequence = c.sequence(p) + 1 // Without a name there are no repeats.
		}
		if message.GetSequence() > 0 {
			if c.Fails {
				return Problem(codes.Unavailable, "STORAGE_FAILED", "", "the disk fails")
			}
			if err := c.take(p, message, receipt); err != nil {
				return err
			}
		}
		message, err = stream.Recv()
		if errors.Is(err, io.EOF) {
			c.total(p, receipt)
			return stream.SendAndClose(receipt)
		}
		if err != nil {
			return err
		}
	}
}

func (c *Collector) producer(id string, epoch int64) *producer {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.producers[id]
	if p == nil {
		p = &producer{reasons: map[collectorv1.PointErrorReason]int64{}}
	}
	if id != "" {
		c.producers[id] = p
	}
	if epoch > p.epoch {
		*p = producer{epoch: epoch, sequence: p.sequence, reasons: map[collectorv1.PointErrorReason]int64{}}
	}
	return p
}

func (c *Collector) sequence(p *producer) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return p.sequence
}

// take takes a frame in.
func (c *Collector) take(p *producer, frame *collectorv1.CollectDataPointsRequest, receipt *collectorv1.CollectDataPointsResponse) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	count := int64(len(frame.GetPoints()))
	receipt.TotalProcessed += count
	switch {
	case frame.GetSequence() <= p.sequence:
		receipt.DuplicateCount += count
		return nil
	case frame.GetSequence() > p.sequence+1:
		return Problem(codes.FailedPrecondition, "SEQUENCE_GAP", "", "a frame is missing")
	}
	p.sequence = frame.GetSequence()
	for i, point := range frame.GetPoints() {
		if rejected := c.check(point); rejected != nil {
			rejected.Sequence, rejected.Index = frame.GetSequence(), int32(i)
			receipt.ErrorCount++
			receipt.Errors = append(receipt.Errors, rejected)
			p.failed++
			p.reasons[rejected.GetReason()]++
			continue
		}
		receipt.SuccessfulCount++
		p.successful++
		c.store(point)
	}
	close(c.moved)
	c.moved = make(chan struct{})
	return nil
}

func (c *Collector) store(point *collectorv1.DataPoint) {
	c.points++
	if c.LosesPoints && c.points%100 == 0 {
		return
	}
	for metric, value := range point.GetMetrics() {
		id := c.seriesOf(point.GetSource(), metric, point.GetTags())
		c.samples[sampleKey{timestamp: point.GetTimestamp(), series: id}] = value
	}
}

func (c *Collector) seriesOf(source, metric string, tags map[string]string) int64 {
	name := fmt.Sprint(source, "\x00", metric, "\x00", tags)
	id, known := c.ids[name]
	if !known {
		id = int64(len(c.series))
		c.ids[name] = id
		c.series = append(c.series, &collectorv1.Series{SeriesId: id, Source: source, Metric: metric, Tags: tags})
	}
	return id
}

func (c *Collector) total(p *producer, receipt *collectorv1.CollectDataPointsResponse) {
	c.mu.Lock()
	defer c.mu.Unlock()
	receipt.Position = &streamv1.Position{Received: p.sequence, Durable: p.sequence}
	receipt.EpochTotals = &collectorv1.EpochTotals{Epoch: p.epoch, SuccessfulCount: p.successful, ErrorCount: p.failed}
	for reason, count := range p.reasons {
		receipt.EpochTotals.ErrorCounts = append(receipt.EpochTotals.ErrorCounts, &collectorv1.PointErrorCount{Reason: reason, Count: count})
	}
	slices.SortFunc(receipt.GetEpochTotals().GetErrorCounts(), func(a, b *collectorv1.PointErrorCount) int {
		return cmp.Compare(a.GetReason(), b.GetReason())
	})
	receipt.ErrorCounts = receipt.GetEpochTotals().GetErrorCounts()
}

// WatchPosition tells of each move.
func (c *Collector) WatchPosition(
	r *collectorv1.WatchPositionRequest, watch grpc.ServerStreamingServer[collectorv1.WatchPositionResponse],
) error {
	look := func() (*streamv1.ProducerPosition, <-chan struct{}) {
		c.mu.Lock()
		defer c.mu.Unlock()
		p := c.producers[r.GetProducerId()]
		if p == nil {
			p = &producer{}
		}
		return positionOf(r.GetProducerId(), p.epoch, p.sequence), c.moved
	}
	return followPosition(watch.Context(), look, func(at *streamv1.ProducerPosition) error {
		return watch.Send(&collectorv1.WatchPositionResponse{Position: at})
	})
}
