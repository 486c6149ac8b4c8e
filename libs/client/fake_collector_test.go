package client

import (
	"errors"
	"io"
	"math"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// fakeCollector keeps the producers' contract in memory: positions, repeats,
// gaps, fencing, receipts. It decodes with the stock codec. Its faults are set
// before the first call.
type fakeCollector struct {
	collectorv1.UnimplementedDataCollectionServiceServer

	maxMessage int64
	maxItems   int32
	// lag is how many of the newest frames are not durable while a stream runs.
	// With manual set, frames become durable by sync and by a stream's end only.
	lag    int
	manual bool
	// fault is asked after each message of a stream; an error ends it and loses
	// what is not durable.
	fault func(stream int, received int64) error
	// cut is fault for a server that goes on: nothing is lost.
	cut func(stream int, received int64) error
	// refuse ends a stream before its Hello, and refuseWatch a watch.
	refuse      func(stream int) error
	refuseWatch func(watch int) error
	// answer changes a receipt before it goes out, hello the greeting.
	answer func(stream int, r *collectorv1.CollectDataPointsResponse) error
	hello  func(stream int, h *streamv1.Hello)
	// query answers QueryDataPoints.
	query func(stream grpc.ServerStreamingServer[collectorv1.QueryDataPointsResponse]) error
	// wrap is given each new connection.
	wrap func(net.Conn) net.Conn

	mu        sync.Mutex
	producers map[string]*fakeProducer
	streams   []*fakeFrames
	watches   int
	conns     []net.Conn
	// moved is closed and made anew whenever a position moves.
	moved chan struct{}
}

// fakeProducer is one producer over all its streams.
type fakeProducer struct {
	epoch   int64
	durable int
	frames  []fakeFrame
	// owner is the number of the stream that may write, fenced is closed when it
	// may not any more.
	owner  int
	fenced chan struct{}

	receipt         *collectorv1.CollectDataPointsResponse
	receiptSequence int
}

type fakeFrame struct {
	epoch    int64
	accepted []*DataPoint
	rejected []*collectorv1.PointError
}

// fakeFrames is what one stream brought.
type fakeFrames struct {
	at         time.Time
	first      *collectorv1.CollectDataPointsRequest
	sequences  []int64
	sizes      []int
	largest    int
	times      []time.Time
	total      int64
	successful int64
	duplicates int64
	errors     []*collectorv1.PointError
	failed     int64
}

func newFakeCollector() *fakeCollector {
	return &fakeCollector{
		maxMessage:  1 << 20,
		fault:       func(int, int64) error { return nil },
		cut:         func(int, int64) error { return nil },
		refuse:      func(int) error { return nil },
		refuseWatch: func(int) error { return nil },
		answer:      func(int, *collectorv1.CollectDataPointsResponse) error { return nil },
		hello:       func(int, *streamv1.Hello) {},
		wrap:        func(conn net.Conn) net.Conn { return conn },
		producers:   map[string]*fakeProducer{},
		moved:       make(chan struct{}),
	}
}

// serve returns a client of the server over bufconn. Both end with the returned
// function, which must be called inside the test's bubble.
func (f *fakeCollector) serve(t testing.TB, opts ...Option) (*StreamingClient, func()) {
	t.Helper()
	register := func(s *grpc.Server) { collectorv1.RegisterDataCollectionServiceServer(s, f) }
	return serveBufconn(t, register, func(conn net.Conn) net.Conn {
		f.mu.Lock()
		defer f.mu.Unlock()
		conn = f.wrap(conn)
		f.conns = append(f.conns, conn)
		return conn
	}, opts...)
}

// drop breaks the newest connection.
func (f *fakeCollector) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.conns[len(f.conns)-1].Close()
}

// sync makes everything received durable.
func (f *fakeCollector) sync() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.producers {
		p.durable = len(p.frames)
	}
	f.announce()
}

// announce wakes the watches. The caller holds mu.
func (f *fakeCollector) announce() {
	close(f.moved)
	f.moved = make(chan struct{})
}

func (f *fakeCollector) stream(number int) *fakeFrames {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.streams[number-1]
}

func (f *fakeCollector) streamCount() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.streams)
}

// received is the number of frames of a producer.
func (f *fakeCollector) received(id string) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.producers[id] == nil {
		return 0
	}
	return int64(len(f.producers[id].frames))
}

// stored returns the accepted points of all producers' durable frames, in order
// for each.
func (f *fakeCollector) stored() []*DataPoint {
	f.mu.Lock()
	defer f.mu.Unlock()
	var points []*DataPoint
	for _, p := range f.producers {
		for _, frame := range p.frames[:p.durable] {
			points = append(points, frame.accepted...)
		}
	}
	return points
}

type collectStream = grpc.ClientStreamingServer[collectorv1.CollectDataPointsRequest, collectorv1.CollectDataPointsResponse]

func (f *fakeCollector) CollectDataPoints(stream collectStream) error {
	first, err := stream.Recv()
	if err != nil {
		return fakeError(codes.InvalidArgument, "EMPTY_STREAM", "no message")
	}
	number, p, fenced, err := f.claim(first)
	if err != nil {
		return err
	}
	if err := f.greet(stream, number, first.GetProducerId(), p); err != nil {
		return err
	}
	if err := f.take(number, p, first); err != nil {
		return err
	}
	messages := make(chan *collectorv1.CollectDataPointsRequest)
	ended := make(chan error, 1)
	go func() {
		for {
			m, err := stream.Recv()
			if err != nil {
				ended <- err
				return
			}
			select {
			case messages <- m:
			case <-stream.Context().Done():
				ended <- stream.Context().Err()
				return
			}
		}
	}()
	for {
		select {
		case <-fenced:
			return fakeError(codes.Aborted, reasonFenced, "another stream took over")
		case m := <-messages:
			if err := f.handle(number, p, m); err != nil {
				return err
			}
		case err := <-ended:
			if !errors.Is(err, io.EOF) {
				return err
			}
			receipt := f.finish(number, first, p)
			if err := f.answer(number, receipt); err != nil {
				return err
			}
			return stream.SendAndClose(receipt)
		}
	}
}

func (f *fakeCollector) handle(number int, p *fakeProducer, m *collectorv1.CollectDataPointsRequest) error {
	if err := f.take(number, p, m); err != nil {
		return err
	}
	f.mu.Lock()
	received := int64(len(p.frames))
	f.mu.Unlock()
	if err := f.cut(number, received); err != nil {
		return err
	}
	err := f.fault(number, received)
	if err != nil {
		f.crash(number, p)
	}
	return err
}

// claim counts the stream and gives it the producer. The channel is closed when
// another stream has taken that over.
func (f *fakeCollector) claim(
	first *collectorv1.CollectDataPointsRequest,
) (int, *fakeProducer, <-chan struct{}, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.streams = append(f.streams, &fakeFrames{at: time.Now(), first: proto.CloneOf(first)})
	number := len(f.streams)
	if err := f.refuse(number); err != nil {
		return 0, nil, nil, err
	}
	p := f.producers[first.GetProducerId()]
	if p == nil {
		p = &fakeProducer{}
		f.producers[first.GetProducerId()] = p
	}
	if first.GetEpoch() < p.epoch {
		return 0, nil, nil, fakeError(codes.Aborted, reasonFenced, "a newer epoch was opened")
	}
	if p.fenced != nil {
		close(p.fenced)
	}
	p.epoch, p.owner, p.fenced = first.GetEpoch(), number, make(chan struct{})
	return number, p, p.fenced, nil
}

func (f *fakeCollector) greet(stream grpc.ServerStream, number int, id string, p *fakeProducer) error {
	f.mu.Lock()
	hello := &streamv1.Hello{
		StreamId: "stream", WorkId: id, Next: int64(len(p.frames)) + 1, Position: p.position(),
		MaxMessageBytes: f.maxMessage, MaxFrameItems: f.maxItems,
	}
	f.mu.Unlock()
	f.hello(number, hello)
	encoded, err := proto.Marshal(hello)
	if err != nil {
		return err
	}
	if hello.GetNext() == 0 { // a server that greets nobody
		return stream.SendHeader(nil)
	}
	return stream.SendHeader(metadata.Pairs(helloKey, string(encoded)))
}

func (p *fakeProducer) position() *streamv1.Position {
	return &streamv1.Position{Received: int64(len(p.frames)), Durable: int64(p.durable)}
}

// take appends a frame as the contract says.
func (f *fakeCollector) take(number int, p *fakeProducer, m *collectorv1.CollectDataPointsRequest) error {
	if m.GetSequence() == 0 {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.owner != number {
		return fakeError(codes.Aborted, reasonFenced, "another stream took over")
	}
	s := f.streams[number-1]
	s.sequences = append(s.sequences, m.GetSequence())
	s.sizes = append(s.sizes, len(m.GetPoints()))
	s.times = append(s.times, time.Now())
	s.largest = max(s.largest, proto.Size(m))
	switch next := int64(len(p.frames)) + 1; {
	case int64(proto.Size(m)) > f.maxMessage:
		return fakeError(codes.ResourceExhausted, reasonMessageTooLarge, "message too large")
	case f.maxItems > 0 && len(m.GetPoints()) > int(f.maxItems):
		return fakeError(codes.InvalidArgument, "FRAME_TOO_LARGE", "too many points")
	case m.GetSequence() > next:
		return fakeError(codes.FailedPrecondition, reasonSequenceGap, "gap")
	case m.GetSequence() < next:
		s.total += int64(len(m.GetPoints()))
		s.duplicates += int64(len(m.GetPoints()))
		return nil
	}
	frame := judge(p.epoch, m)
	p.frames = append(p.frames, frame)
	s.total += int64(len(m.GetPoints()))
	s.successful += int64(len(frame.accepted))
	s.failed += int64(len(frame.rejected))
	s.errors = append(s.errors, frame.rejected...)
	if !f.manual {
		p.durable = max(p.durable, len(p.frames)-f.lag)
		f.announce()
	}
	return nil
}

// judge rejects points without a source and those whose values are not finite.
func judge(epoch int64, m *collectorv1.CollectDataPointsRequest) fakeFrame {
	frame := fakeFrame{epoch: epoch}
	for i, point := range m.GetPoints() {
		reason := collectorv1.PointErrorReason_POINT_ERROR_REASON_UNSPECIFIED
		if point.GetSource() == "" {
			reason = collectorv1.PointErrorReason_POINT_ERROR_REASON_SOURCE_INVALID
		}
		for _, value := range point.GetMetrics() {
			if math.IsNaN(value) && reason == 0 {
				reason = collectorv1.PointErrorReason_POINT_ERROR_REASON_METRIC_VALUE_NOT_FINITE
			}
		}
		if reason == 0 {
			frame.accepted = append(frame.accepted, point)
			continue
		}
		frame.rejected = append(frame.rejected, &collectorv1.PointError{
			Sequence: m.GetSequence(), Index: int32(i), Field: "field", Reason: reason, Description: "why",
		})
	}
	return frame
}

// crash loses what is not durable, unless another stream has been told of it.
func (f *fakeCollector) crash(number int, p *fakeProducer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.owner == number {
		p.frames = p.frames[:p.durable]
	}
}

// finish makes everything durable and writes the receipt.
func (f *fakeCollector) finish(
	number int, first *collectorv1.CollectDataPointsRequest, p *fakeProducer,
) *collectorv1.CollectDataPointsResponse {
	f.mu.Lock()
	defer f.mu.Unlock()
	p.durable = len(p.frames)
	f.announce()
	s := f.streams[number-1]
	if len(s.sequences) == 0 && p.receipt != nil && p.receiptSequence == len(p.frames) {
		return proto.CloneOf(p.receipt)
	}
	totals := &collectorv1.EpochTotals{Epoch: p.epoch}
	var errs []*collectorv1.PointError
	for _, frame := range p.frames {
		if frame.epoch == p.epoch {
			totals.SuccessfulCount += int64(len(frame.accepted))
			totals.ErrorCount += int64(len(frame.rejected))
			errs = append(errs, frame.rejected...)
		}
	}
	totals.ErrorCounts = countErrors(errs)
	p.receiptSequence = len(p.frames)
	p.receipt = &collectorv1.CollectDataPointsResponse{
		TotalProcessed: s.total, SuccessfulCount: s.successful, ErrorCount: s.failed, DuplicateCount: s.duplicates,
		Errors: s.errors[:min(100, len(s.errors))], ErrorCounts: countErrors(s.errors),
		Position: p.position(), EpochTotals: totals, ProducerId: first.GetProducerId(),
	}
	return proto.CloneOf(p.receipt)
}

func countErrors(errs []*collectorv1.PointError) []*collectorv1.PointErrorCount {
	var counts []*collectorv1.PointErrorCount
	for _, e := range errs {
		i := slices.IndexFunc(counts, func(c *collectorv1.PointErrorCount) bool { return c.GetReason() == e.GetReason() })
		if i < 0 {
			i = len(counts)
			counts = append(counts, &collectorv1.PointErrorCount{Reason: e.GetReason()})
		}
		counts[i].Count++
	}
	return counts
}

func (f *fakeCollector) WatchPosition(
	r *collectorv1.WatchPositionRequest, stream grpc.ServerStreamingServer[collectorv1.WatchPositionResponse],
) error {
	f.mu.Lock()
	f.watches++
	number := f.watches
	f.mu.Unlock()
	for {
		if err := f.refuseWatch(number); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		f.mu.Lock()
		moved := f.moved
		position := &streamv1.ProducerPosition{ProducerId: r.GetProducerId(), Position: &streamv1.Position{}}
		if p := f.producers[r.GetProducerId()]; p != nil {
			position.Epoch, position.Position = p.epoch, p.position()
		}
		f.mu.Unlock()
		if err := stream.Send(&collectorv1.WatchPositionResponse{Position: position}); err != nil {
			return err
		}
		select {
		case <-moved:
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
}

func (f *fakeCollector) QueryDataPoints(
	_ *collectorv1.QueryDataPointsRequest, stream grpc.ServerStreamingServer[collectorv1.QueryDataPointsResponse],
) error {
	return f.query(stream)
}

// cutOff is a cut that names the durable position.
func cutOff(code codes.Code, reason string, received, durable int64) error {
	return fakeError(code, reason, strings.ToLower(reason), protoadapt.MessageV1Of(&streamv1.CutDetail{
		WorkId: "producer", Position: &streamv1.Position{Received: received, Durable: durable},
	}))
}
