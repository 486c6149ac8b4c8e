package client

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// fakeRequest is a frame.
type fakeRequest interface {
	proto.Message

	GetProducerId() string
	GetEpoch() int64
	GetSequence() int64
}

// fakeKind is what a service knows of its frames and receipts.
type fakeKind[Q fakeRequest, R proto.Message] struct {
	// items of a frame.
	items func(Q) int
	// receipt of a stream that brought the fresh frames, under a producer's
	// epoch with all those frames.
	receipt func(fresh, all []Q, p *fakeReceipt) R
	watch   func(*streamv1.ProducerPosition) proto.Message
}

// fakeReceipt is what the receipts of all kinds have.
type fakeReceipt struct {
	producerID string
	epoch      int64
	// duplicates is a number of items.
	duplicates int64
	position   *streamv1.Position
}

// fakeIntake keeps the producers' contract in memory: positions, repeats, gaps,
// fencing, receipts. It decodes with the stock codec. Its faults are set before
// the first call.
type fakeIntake[Q fakeRequest, R proto.Message] struct {
	kind fakeKind[Q, R]

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
	answer func(stream int, r R) error
	hello  func(stream int, h *streamv1.Hello)
	// wrap is given each new connection.
	wrap func(net.Conn) net.Conn

	mu        sync.Mutex
	producers map[string]*fakeProducer[Q, R]
	streams   []*fakeFrames[Q]
	watches   int
	conns     []net.Conn
	// moved is closed and made anew whenever a position moves.
	moved chan struct{}
}

// fakeProducer is one producer over all its streams.
type fakeProducer[Q fakeRequest, R proto.Message] struct {
	epoch   int64
	durable int
	frames  []fakeFrame[Q]
	// owner is the number of the stream that may write, fenced is closed when it
	// may not any more.
	owner  int
	fenced chan struct{}

	receipt         R
	receiptSequence int
}

type fakeFrame[Q fakeRequest] struct {
	epoch   int64
	message Q
}

// fakeFrames is what one stream brought.
type fakeFrames[Q fakeRequest] struct {
	at         time.Time
	first      Q
	sequences  []int64
	sizes      []int
	largest    int
	times      []time.Time
	fresh      []Q
	duplicates int64
}

func newFakeIntake[Q fakeRequest, R proto.Message](kind fakeKind[Q, R]) *fakeIntake[Q, R] {
	return &fakeIntake[Q, R]{
		kind:        kind,
		maxMessage:  1 << 20,
		fault:       func(int, int64) error { return nil },
		cut:         func(int, int64) error { return nil },
		refuse:      func(int) error { return nil },
		refuseWatch: func(int) error { return nil },
		answer:      func(int, R) error { return nil },
		hello:       func(int, *streamv1.Hello) {},
		wrap:        func(conn net.Conn) net.Conn { return conn },
		producers:   map[string]*fakeProducer[Q, R]{},
		moved:       make(chan struct{}),
	}
}

// serve returns a client of the server over bufconn. Both end with the returned
// function, which must be called inside the test's bubble.
func (f *fakeIntake[Q, R]) serve(t testing.TB, register func(*grpc.Server), opts ...Option) (*StreamingClient, func()) {
	t.Helper()
	return serveBufconn(t, register, func(conn net.Conn) net.Conn {
		f.mu.Lock()
		defer f.mu.Unlock()
		conn = f.wrap(conn)
		f.conns = append(f.conns, conn)
		return conn
	}, opts...)
}

// drop breaks the newest connection.
func (f *fakeIntake[Q, R]) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.conns[len(f.conns)-1].Close()
}

// sync makes everything received durable.
func (f *fakeIntake[Q, R]) sync() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.producers {
		p.durable = len(p.frames)
	}
	f.announce()
}

// announce wakes the watches. The caller holds mu.
func (f *fakeIntake[Q, R]) announce() {
	close(f.moved)
	f.moved = make(chan struct{})
}

func (f *fakeIntake[Q, R]) stream(number int) *fakeFrames[Q] {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.streams[number-1]
}

func (f *fakeIntake[Q, R]) streamCount() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.streams)
}

// received is the number of frames of a producer.
func (f *fakeIntake[Q, R]) received(id string) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.producers[id] == nil {
		return 0
	}
	return int64(len(f.producers[id].frames))
}

// durable returns all producers' durable frames, in order for each.
func (f *fakeIntake[Q, R]) durable() []Q {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []Q
	for _, p := range f.producers {
		for _, frame := range p.frames[:p.durable] {
			all = append(all, frame.message)
		}
	}
	return all
}

// fakeCollect is a stream of the generated server.
type fakeCollect[Q, R any] interface {
	grpc.ServerStream

	Recv() (Q, error)
	SendAndClose(r R) error
}

// collect serves a stream.
func (f *fakeIntake[Q, R]) collect(stream fakeCollect[Q, R]) error {
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
	messages := make(chan Q)
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

func (f *fakeIntake[Q, R]) handle(number int, p *fakeProducer[Q, R], m Q) error {
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
func (f *fakeIntake[Q, R]) claim(first Q) (int, *fakeProducer[Q, R], <-chan struct{}, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.streams = append(f.streams, &fakeFrames[Q]{at: time.Now(), first: proto.CloneOf(first)})
	number := len(f.streams)
	if err := f.refuse(number); err != nil {
		return 0, nil, nil, err
	}
	p := f.producers[first.GetProducerId()]
	if p == nil {
		p = &fakeProducer[Q, R]{}
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

func (f *fakeIntake[Q, R]) greet(stream grpc.ServerStream, number int, id string, p *fakeProducer[Q, R]) error {
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

func (p *fakeProducer[Q, R]) position() *streamv1.Position {
	return &streamv1.Position{Received: int64(len(p.frames)), Durable: int64(p.durable)}
}

// take appends a frame as the contract says.
func (f *fakeIntake[Q, R]) take(number int, p *fakeProducer[Q, R], m Q) error {
	if m.GetSequence() == 0 {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.owner != number {
		return fakeError(codes.Aborted, reasonFenced, "another stream took over")
	}
	s, items := f.streams[number-1], f.kind.items(m)
	s.sequences = append(s.sequences, m.GetSequence())
	s.sizes = append(s.sizes, items)
	s.times = append(s.times, time.Now())
	s.largest = max(s.largest, proto.Size(m))
	switch next := int64(len(p.frames)) + 1; {
	case int64(proto.Size(m)) > f.maxMessage:
		return fakeError(codes.ResourceExhausted, reasonMessageTooLarge, "message too large")
	case f.maxItems > 0 && items > int(f.maxItems):
		return fakeError(codes.InvalidArgument, "FRAME_TOO_LARGE", "too many items")
	case m.GetSequence() > next:
		return fakeError(codes.FailedPrecondition, reasonSequenceGap, "gap")
	case m.GetSequence() < next:
		s.duplicates += int64(items)
		return nil
	}
	p.frames = append(p.frames, fakeFrame[Q]{epoch: p.epoch, message: m})
	s.fresh = append(s.fresh, m)
	if !f.manual {
		p.durable = max(p.durable, len(p.frames)-f.lag)
		f.announce()
	}
	return nil
}

// crash loses what is not durable, unless another stream has been told of it.
func (f *fakeIntake[Q, R]) crash(number int, p *fakeProducer[Q, R]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.owner == number {
		p.frames = p.frames[:p.durable]
	}
}

// finish makes everything durable and writes the receipt.
func (f *fakeIntake[Q, R]) finish(number int, first Q, p *fakeProducer[Q, R]) R {
	f.mu.Lock()
	defer f.mu.Unlock()
	p.durable = len(p.frames)
	f.announce()
	s := f.streams[number-1]
	if len(s.sequences) == 0 && p.receiptSequence > 0 && p.receiptSequence == len(p.frames) {
		return proto.CloneOf(p.receipt)
	}
	var all []Q
	for _, frame := range p.frames {
		if frame.epoch == p.epoch {
			all = append(all, frame.message)
		}
	}
	p.receiptSequence = len(p.frames)
	p.receipt = f.kind.receipt(s.fresh, all, &fakeReceipt{
		producerID: first.GetProducerId(), epoch: p.epoch, duplicates: s.duplicates, position: p.position(),
	})
	return proto.CloneOf(p.receipt)
}

// watch serves a watch of a producer's position.
func (f *fakeIntake[Q, R]) watch(id string, stream grpc.ServerStream) error {
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
		position := &streamv1.ProducerPosition{ProducerId: id, Position: &streamv1.Position{}}
		if p := f.producers[id]; p != nil {
			position.Epoch, position.Position = p.epoch, p.position()
		}
		f.mu.Unlock()
		if err := stream.SendMsg(f.kind.watch(position)); err != nil {
			return err
		}
		select {
		case <-moved:
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
}

// cutOff is a cut that names the durable position.
func cutOff(code codes.Code, reason string, received, durable int64) error {
	return fakeError(code, reason, strings.ToLower(reason), protoadapt.MessageV1Of(&streamv1.CutDetail{
		WorkId: "producer", Position: &streamv1.Position{Received: received, Durable: durable},
	}))
}
