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

	"github.com/sluice-ingest/sluice/libs/testkit"
)

// framePoints is the number of points in each frame of a frameLoad.
const framePoints = 20

// frameLoad is one producer that sends frames of numbered points, from where
// the server says, and notes what it was told.
type frameLoad struct {
	peer pointsPeer
	id   string
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
	stream, err := l.peer.open(ctx, producer(l.id, 0))
	if err != nil {
		return err
	}
	hello, err := stream.hello()
	if err != nil {
		return err
	}
	if hello.GetNext() <= l.durable.Load() || hello.GetNext() > l.sent.Load()+1 {
		return fmt.Errorf("%w: %s goes on at %d, told durable was %d and sent %d",
			errLost, l.id, hello.GetNext(), l.durable.Load(), l.sent.Load())
	}
	moved := make(chan struct{}, 1)
	var watching sync.WaitGroup
	watching.Go(func() { l.watch(ctx, moved) })
	defer func() {
		cancel()
		watching.Wait()
	}()
	for sequence := hello.GetNext(); ; sequence++ {
		if err := l.awaitRoom(ctx, sequence, moved); err != nil {
			return err
		}
		l.sent.Store(max(l.sent.Load(), sequence))
		if err := stream.send(numberedFrame(sequence, numberedPoints(l.id, (sequence-1)*framePoints, sequence*framePoints)...)); err != nil {
			return err
		}
	}
}

// errLost says that the server has lost what it had called durable.
var errLost = errors.New("acknowledged frames are lost")

// watch notes what becomes durable.
func (l *frameLoad) watch(ctx context.Context, moved chan<- struct{}) {
	watch, err := l.peer.watchPosition(ctx, l.id)
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

// TestEveryAcknowledgedPointSurvivesAPowerCut cuts the power of the disk at
// random moments while producers send. What the server tells from the cut on does
// not count: a sync that the kernel is in the middle of may then succeed in vain.
func TestEveryAcknowledgedPointSurvivesAPowerCut(t *testing.T) {
	const producers, cuts, longest = 3, 5, 600 * time.Millisecond
	disk := testkit.NewExt4(t, 1024)
	s := startCollectorIn(t, disk.Data(), "--store-batch-interval", "50ms")
	random := rand.New(rand.NewPCG(seed(t), 0))
	loads := make([]*frameLoad, producers)
	for i := range loads {
		loads[i] = &frameLoad{peer: s.pointsPeer, id: fmt.Sprintf("power-%d", i)}
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
			l.requireKept(ctx, t, s, told[i])
		}
	}
	for _, l := range loads {
		l.requireExact(t, s)
	}
}

// requireKept wants what was told to be durable to be there, and nothing that
// was not sent.
func (l *frameLoad) requireKept(ctx context.Context, t *testing.T, s *collector, told int64) {
	t.Helper()
	stream, hello := s.mustOpen(ctx, t, producer(l.id, 0))
	defer stream.cancel()
	require.GreaterOrEqual(t, hello.GetPosition().GetDurable(), told, "%s: frames told durable", l.id)
	require.LessOrEqual(t, hello.GetPosition().GetReceived(), l.sent.Load(), "%s: frames sent", l.id)
	l.durable.Store(hello.GetPosition().GetDurable())
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

// requireExact ends the producer's work and wants each point once.
func (l *frameLoad) requireExact(t *testing.T, s *collector) {
	t.Helper()
	ctx := bounded(t)
	stream, hello := s.mustOpen(ctx, t, producer(l.id, 0))
	last := hello.GetNext()
	t.Logf("%s: %d frames, of which %d had been told durable", l.id, last, l.durable.Load())
	require.Positive(t, l.durable.Load())
	require.NoError(t, stream.send(numberedFrame(last, numberedPoints(l.id, (last-1)*framePoints, last*framePoints)...)))
	receipt, err := stream.finish()
	require.NoError(t, err)
	require.Equal(t, last*framePoints, receipt.GetEpochTotals().GetSuccessfulCount())
	s.requireNumbered(ctx, t, l.id, last*framePoints, waitFor(l.id, last))
}
