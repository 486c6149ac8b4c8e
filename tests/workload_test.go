package tests

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

const (
	// uploaders is how many things a workload does at once.
	uploaders = 4
	// keptFiles is how many files a workload leaves on the server between two
	// rounds, so that checking them stays quick.
	keptFiles = 25
)

// kept is a file that the server has acknowledged.
type kept struct {
	*work
	// revision is what its metadata said last, and asked what it was asked to
	// say last; they differ when the answer to an update did not come.
	revision, asked int
	// deleted tells that its deletion was acknowledged.
	deleted bool
}

// workload works with files until the server is gone, remembers what the server
// said of each, and finds out whether that was true.
type workload struct {
	// peers are replicas of one service, used in turn.
	peers  []peer
	picked atomic.Int64

	mu sync.Mutex // guards what follows
	// steps counts the things done, and named the names given to files.
	steps, named int
	// random decides sizes of the files, and which ones are worked with.
	random *rand.Rand
	// begun has every upload and copy by the name of its file.
	begun map[string]*work
	// open are the uploads without a receipt that nobody works on now.
	open []*work
	// aborting are the uploads that may have been aborted, and aborted those
	// whose end was acknowledged.
	aborting, aborted []*work
	// acknowledged has the files with a receipt by their identifiers. A file
	// that is worked with is in taken in place of it.
	acknowledged map[string]*kept
	taken        map[string]bool
	// copying has the copies without an answer by their names.
	copying map[string]*kept
	// deleting are the files whose deletion got no answer. Those in deleted are
	// gone for good.
	deleting, deleted map[string]*kept
	// done counts what was acknowledged.
	done outcomes
	// unreliable tells that the server's disk has lost power, or is about to: what the
	// server says from then on counts as no answer.
	unreliable atomic.Bool
	// crashing tells that what serves it is being ended.
	crashing atomic.Bool
	// resumed counts the streams that went on behind the start of a file.
	resumed atomic.Int64
}

// outcomes is what a workload did with success.
type outcomes struct {
	stored, deduplicated, existed, copied, updated, cut, fenced int
}

func newWorkload(p peer, seed uint64, replicas ...peer) *workload {
	return &workload{
		peers:        append([]peer{p}, replicas...),
		random:       rand.New(rand.NewPCG(seed, 0)),
		begun:        make(map[string]*work),
		acknowledged: make(map[string]*kept),
		taken:        make(map[string]bool),
		copying:      make(map[string]*kept),
		deleting:     make(map[string]*kept),
		deleted:      make(map[string]*kept),
	}
}

// server returns the replica whose turn it is.
func (l *workload) server() peer {
	return l.peers[int(l.picked.Add(1))%len(l.peers)]
}

// run works until ctx ends or a call fails, and returns the failures.
func (l *workload) run(ctx context.Context) error {
	errs := make([]error, uploaders)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			for errs[i] == nil {
				errs[i] = l.step(ctx)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// step does the next thing of a round that never ends.
func (l *workload) step(ctx context.Context) error {
	round := []func(context.Context) error{
		l.uploadNext, l.copyOne, l.uploadSmall, l.uploadNext, l.uploadSame, l.deleteOne, l.fenceOne, l.uploadNext, l.uploadOnce,
		l.cutOne, l.uploadNext, l.abortOne, l.uploadSmall, l.uploadNext, l.uploadSame, l.deleteOne, l.updateOne, l.uploadNext, l.uploadOnce,
	}
	l.mu.Lock()
	do := round[l.steps%len(round)]
	l.steps++
	l.mu.Unlock()
	return do(ctx)
}

// next takes an open upload, or makes a new one.
func (l *workload) next() *work {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.open); n > 0 {
		w := l.open[n-1]
		l.open = l.open[:n-1]
		return w
	}
	return l.fresh(0)
}

// fresh makes an upload of at least so many bytes. The caller holds mu.
func (l *workload) fresh(least int64) *work {
	name := l.name("file")
	return l.add(&work{name: name, content: testkit.NewContent(uint64(l.named)+1000, least+l.size())})
}

// name makes a name. The caller holds mu.
func (l *workload) name(kind string) string {
	l.named++
	return fmt.Sprintf("%s-%d.bin", kind, l.named)
}

// add names an upload. The caller holds mu.
func (l *workload) add(w *work) *work {
	w.id = uuid.NewString()
	l.begun[w.name] = w
	return w
}

// size makes most files small and some large. The caller holds mu.
func (l *workload) size() int64 {
	switch n := l.random.IntN(10); {
	case n < 5:
		return l.random.Int64N(200 << 10)
	case n < 9:
		return l.random.Int64N(2 << 20)
	default:
		return l.random.Int64N(12 << 20)
	}
}

// errBroken says that the server broke its word.
var errBroken = errors.New("broken promise")

// errUnreliable stands for whatever a server without a disk answered.
var errUnreliable = errors.New("the server had lost its disk")

// answer is err, how a call ended, if that counts.
func (l *workload) answer(err error) error {
	if l.unreliable.Load() {
		return errUnreliable
	}
	return err
}
