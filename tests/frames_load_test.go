package tests

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// loadServer is a real service that takes numbered items, under load.
type loadServer interface {
	// begin opens a stream of a producer, which is greeted.
	begin(ctx context.Context, id string) (*loadStream, error)
	mustPosition(ctx context.Context, t tester, producerID string) *streamv1.ProducerPosition
	watchPosition(ctx context.Context, producerID string) (*positionWatch, error)
	// requireNumbered wants a producer's first items to be there, each once, and
	// nothing else of it.
	requireNumbered(ctx context.Context, t *testing.T, id string, count int64, wait *queryv1.WaitFor)
	// startLoad sends items by the SDK until stop is closed.
	startLoad(ctx context.Context, t *testing.T, id string, stop <-chan struct{}) *sdkLoad

	Kill9()
	Restart(extra ...string)
}

// loadStream is an open stream of numbered items.
type loadStream struct {
	hello  *streamv1.Hello
	cancel context.CancelFunc
	// send sends a frame of frameItems.
	send func(sequence int64) error
	// finish returns how many items of the epoch were accepted.
	finish func() (int64, error)
}

// beginStream opens a stream of numbered items to any service.
func beginStream[Q, R any](
	ctx context.Context, p framesPeer[Q, R], head *Q, frame func(sequence int64) *Q, accepted func(*R) int64,
) (*loadStream, error) {
	stream, err := p.open(ctx, head)
	if err != nil {
		return nil, err
	}
	hello, err := stream.hello()
	if err != nil {
		return nil, err
	}
	return &loadStream{
		hello: hello, cancel: stream.cancel,
		send: func(sequence int64) error { return stream.send(frame(sequence)) },
		finish: func() (int64, error) {
			receipt, err := stream.finish()
			if err != nil {
				return 0, err
			}
			return accepted(receipt), nil
		},
	}, nil
}

// frameItems is the number of items in each frame of a frameLoad.
const frameItems = 20

// frameLoad is one producer that sends frames of numbered items, from where the
// server says, and notes what it was told.
type frameLoad struct {
	server loadServer
	id     string
	// durable is the last frame that the server told is durable; sent is the
	// last one that has gone out.
	durable, sent atomic.Int64
}

// maxAhead bounds the frames that are not durable.
const maxAhead = 64

// run sends until the server ends the stream or ctx ends, and returns why.
func (l *frameLoad) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := l.server.begin(ctx, l.id)
	if err != nil {
		return err
	}
	next := stream.hello.GetNext()
	if next <= l.durable.Load() || next > l.sent.Load()+1 {
		return fmt.Errorf("%w: %s goes on at %d, told durable was %d and sent %d",
			errLost, l.id, next, l.durable.Load(), l.sent.Load())
	}
	moved := make(chan struct{}, 1)
	var watching sync.WaitGroup
	watching.Go(func() { l.watch(ctx, moved) })
	defer func() {
		cancel()
		watching.Wait()
	}()
	for sequence := next; ; sequence++ {
		if err := l.awaitRoom(ctx, sequence, moved); err != nil {
			return err
		}
		l.sent.Store(max(l.sent.Load(), sequence))
		if err := stream.send(sequence); err != nil {
			return err
		}
	}
}

// errLost says that the server has lost what it had called durable.
var errLost = errors.New("acknowledged frames are lost")

// watch notes what becomes durable.
func (l *frameLoad) watch(ctx context.Context, moved chan<- struct{}) {
	watch, err := l.server.watchPosition(ctx, l.id)
	for err == nil {
		if _, err = watch.next(); err == nil {
			l.durable.Store(max(l.durable.Load(), watch.last.GetPosition().GetDurable()))
			select {
			case moved <- struct{}{}:
			default:
			}
		}
	}
}

func (l *frameLoad) awaitRoom(ctx context.Context, sequence int64, moved <-chan struct{}) error {
	for sequence > l.durable.Load()+maxAhead {
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return ctx.Err()
}

// testPowerCuts cuts the power of the disk at random moments while producers
// send. What the server tells from the cut on does not count: a sync that the
// kernel is in the middle of may then succeed in vain.
func testPowerCuts(t *testing.T, start func(dataDir string) loadServer) {
	t.Helper()
	const producers, cuts, longest = 3, 5, 600 * time.Millisecond
	disk := testkit.NewExt4(t, 1024)
	s := start(disk.Data())
	random := rand.New(rand.NewPCG(seed(t), 0))
	loads := make([]*frameLoad, producers)
	for i := range loads {
		loads[i] = &frameLoad{server: s, id: fmt.Sprintf("power-%d", i)}
	}
	told := make([]int64, producers)
	for range cuts {
		sendUntilCrash(t, loads, func() {
			<-time.After(time.Duration(random.Int64N(int64(longest))))
			for i, l := range loads {
				told[i] = l.durable.Load()
			}
			disk.PowerCut()
			<-time.After(time.Duration(random.Int64N(int64(50 * time.Millisecond))))
			s.Kill9()
		})
		disk.Remount()
		s.Restart()
		ctx := bounded(t)
		for i, l := range loads {
			l.requireKept(ctx, t, told[i])
		}
	}
	for _, l := range loads {
		l.requireExact(t)
	}
}

// requireKept wants what was told to be durable to be there, and nothing that
// was not sent.
func (l *frameLoad) requireKept(ctx context.Context, t *testing.T, told int64) {
	t.Helper()
	stream, err := l.server.begin(ctx, l.id)
	require.NoError(t, err)
	defer stream.cancel()
	position := stream.hello.GetPosition()
	require.GreaterOrEqual(t, position.GetDurable(), told, "%s: frames told durable", l.id)
	require.LessOrEqual(t, position.GetReceived(), l.sent.Load(), "%s: frames sent", l.id)
	l.durable.Store(position.GetDurable())
}

// sendUntilCrash lets the producers send until crash has ended the server.
func sendUntilCrash(t *testing.T, loads []*frameLoad, crash func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(bounded(t))
	defer cancel()
	var sending sync.WaitGroup
	for _, l := range loads {
		sending.Go(func() {
			if err := l.run(ctx); errors.Is(err, errLost) {
				t.Error(err)
			}
		})
	}
	crash()
	// A call that waits for a server to come back need not wait.
	cancel()
	sending.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// requireExact ends the producer's work and wants each item once.
func (l *frameLoad) requireExact(t *testing.T) {
	t.Helper()
	ctx := bounded(t)
	stream, err := l.server.begin(ctx, l.id)
	require.NoError(t, err)
	last := stream.hello.GetNext()
	t.Logf("%s: %d frames, of which %d had been told durable", l.id, last, l.durable.Load())
	require.Positive(t, l.durable.Load())
	require.NoError(t, stream.send(last))
	accepted, err := stream.finish()
	require.NoError(t, err)
	require.Equal(t, last*frameItems, accepted)
	l.server.requireNumbered(ctx, t, l.id, last*frameItems, waitFor(l.id, last))
}
