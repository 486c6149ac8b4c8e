package fakeserver

import (
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// Logs is a log service in memory. It has no rules: it indexes everything but
// entries without an application. Set its fields before it gets calls.
type Logs struct {
	logaggv1.UnimplementedLogAggregationServiceServer
	Gate

	// Addr is where it listens, on the loopback interface.
	Addr string
	// LosesEntries has it lose every hundredth entry that it says to have taken,
	// and count it all the same.
	LosesEntries bool
	// Alters has it store messages in capitals.
	Alters bool

	// mu guards what follows.
	mu        sync.Mutex
	producers map[string]*logProducer
	// entries in the order in which they came.
	entries []*logaggv1.LogRecord
	taken   int64
	// moved is closed and replaced when a producer has moved.
	moved chan struct{}
}

// logProducer is what is known of one.
type logProducer struct {
	epoch, sequence   int64
	indexed, rejected int64
}

// NewLogs returns a log service without a listener.
func NewLogs() *Logs {
	return &Logs{producers: map[string]*logProducer{}, moved: make(chan struct{})}
}

// StartLogs returns a log service that takes calls until the test ends.
func StartLogs(t testing.TB) *Logs {
	t.Helper()
	l := NewLogs()
	l.Addr = serve(t, l.GRPC())
	return l
}

// GRPC returns a gRPC server with the service.
func (l *Logs) GRPC() *grpc.Server {
	server := grpc.NewServer(l.options()...)
	logaggv1.RegisterLogAggregationServiceServer(server, l)
	return server
}

// CollectLogs takes entries in.
func (l *Logs) CollectLogs(stream grpc.ClientStreamingServer[logaggv1.CollectLogsRequest, logaggv1.CollectLogsResponse]) error {
	message, err := stream.Recv()
	if err != nil {
		return Problem(codes.InvalidArgument, "EMPTY_STREAM", "", "the stream carries nothing")
	}
	id := message.GetProducerId()
	p, sequence := l.producer(id, message.GetEpoch())
	if err := greetProducer(stream, id, sequence); err != nil {
		return err
	}
	receipt := &logaggv1.CollectLogsResponse{ProducerId: id}
	for ; err == nil; message, err = stream.Recv() {
		if message.GetSequence() == 0 {
			continue
		}
		if err := l.take(p, message, receipt); err != nil {
			return err
		}
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	l.total(p, receipt)
	return stream.SendAndClose(receipt)
}

func (l *Logs) producer(id string, epoch int64) (p *logProducer, sequence int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.producers[id] == nil {
		l.producers[id] = &logProducer{}
	}
	p = l.producers[id]
	if epoch > p.epoch {
		*p = logProducer{epoch: epoch, sequence: p.sequence}
	}
	return p, p.sequence
}

// take takes a frame in.
func (l *Logs) take(p *logProducer, frame *logaggv1.CollectLogsRequest, receipt *logaggv1.CollectLogsResponse) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	count := int64(len(frame.GetEntries()))
	receipt.TotalReceived += count
	switch {
	case frame.GetSequence() <= p.sequence:
		receipt.DuplicateCount += count
		return nil
	case frame.GetSequence() > p.sequence+1:
		return Problem(codes.FailedPrecondition, "SEQUENCE_GAP", "", "a frame is missing")
	}
	p.sequence = frame.GetSequence()
	for i, entry := range frame.GetEntries() {
		if entry.GetApplication() == "" {
			p.rejected++
			receipt.RejectedCount++
			receipt.Errors = append(receipt.Errors, &logaggv1.LogError{
				Sequence: frame.GetSequence(), Index: int32(i), Field: "application", Reason: applicationInvalid, Description: "is empty",
			})
			continue
		}
		p.indexed++
		receipt.IndexedCount++
		l.store(entry)
	}
	close(l.moved)
	l.moved = make(chan struct{})
	return nil
}

const applicationInvalid = logaggv1.LogErrorReason_LOG_ERROR_REASON_APPLICATION_INVALID

func (l *Logs) store(e *logaggv1.LogEntry) {
	l.taken++
	if l.LosesEntries && l.taken%100 == 0 {
		return
	}
	message := e.GetMessage()
	if l.Alters {
		message = strings.ToUpper(message)
	}
	l.entries = append(l.entries, &logaggv1.LogRecord{
		Application: e.GetApplication(), Level: logaggv1.Level(logaggv1.Level_value["LEVEL_"+strings.ToUpper(e.GetLevel())]),
		Timestamp: e.GetTimestamp(), Message: message, Fields: e.GetFields(), EntryId: l.taken,
	})
}

func (l *Logs) total(p *logProducer, receipt *logaggv1.CollectLogsResponse) {
	l.mu.Lock()
	defer l.mu.Unlock()
	receipt.Position = &streamv1.Position{Received: p.sequence, Durable: p.sequence}
	receipt.EpochTotals = &logaggv1.EpochTotals{Epoch: p.epoch, IndexedCount: p.indexed, RejectedCount: p.rejected}
	if p.rejected > 0 {
		receipt.EpochTotals.ErrorCounts = []*logaggv1.LogErrorCount{{Reason: applicationInvalid, Count: p.rejected}}
	}
	receipt.ErrorCounts = receipt.GetEpochTotals().GetErrorCounts()
}

// WatchPosition tells of each move.
func (l *Logs) WatchPosition(
	r *logaggv1.WatchPositionRequest, watch grpc.ServerStreamingServer[logaggv1.WatchPositionResponse],
) error {
	look := func() (*streamv1.ProducerPosition, <-chan struct{}) {
		l.mu.Lock()
		defer l.mu.Unlock()
		p := l.producers[r.GetProducerId()]
		if p == nil {
			p = &logProducer{}
		}
		return positionOf(r.GetProducerId(), p.epoch, p.sequence), l.moved
	}
	return followPosition(watch.Context(), look, func(at *streamv1.ProducerPosition) error {
		return watch.Send(&logaggv1.WatchPositionResponse{Position: at})
	})
}
