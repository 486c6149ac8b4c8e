package tests

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

const (
	// uploaders is how many things a workload does at once.
	uploaders = 4
	// keptFiles is how many files a workload leaves on the server between two
	// rounds, so that checking them stays quick.
	keptFiles = 25
)

// work is one upload of a workload, or a copy, which has no id.
type work struct {
	id, name string
	content  testkit.Content
	// durable is the largest durable position that the server told.
	durable atomic.Int64
}

func (w *work) told(durable int64) {
	for {
		known := w.durable.Load()
		if durable <= known || w.durable.CompareAndSwap(known, durable) {
			return
		}
	}
}

// kept is a file that the server has acknowledged.
type kept struct {
	*work
	// revision is what its metadata said last, and asked what it was asked to
	// say last; they differ when the answer to an update did not come.
	revision, asked int
}

// workload works with files until the server is gone, remembers what the server
// said of each, and finds out whether that was true.
type workload struct {
	peer

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
	// that is worked with is missing from it.
	acknowledged map[string]*kept
	// copying has the copies without an answer by their names.
	copying map[string]*kept
	// deleting are the files whose deletion got no answer. Those in deleted are
	// gone for good, with true when that was acknowledged.
	deleting map[string]*kept
	deleted  map[string]bool
	// copied and updated count what was acknowledged.
	copied, updated int
	// resumed counts the streams that went on behind the start of a file.
	resumed atomic.Int64
}

func newWorkload(p peer, seed uint64) *workload {
	return &workload{
		peer:         p,
		random:       rand.New(rand.NewPCG(seed, 0)),
		begun:        make(map[string]*work),
		acknowledged: make(map[string]*kept),
		copying:      make(map[string]*kept),
		deleting:     make(map[string]*kept),
		deleted:      make(map[string]bool),
	}
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
		l.uploadNext, l.copyOne, l.uploadNext, l.deleteOne, l.uploadNext, l.abortOne, l.uploadNext, l.updateOne,
	}
	l.mu.Lock()
	do := round[l.steps%len(round)]
	l.steps++
	l.mu.Unlock()
	return do(ctx)
}

func (l *workload) uploadNext(ctx context.Context) error {
	w := l.next()
	receipt, err := l.upload(ctx, w)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.open = append(l.open, w)
		return fmt.Errorf("%s: %w", w.name, err)
	}
	l.acknowledged[receipt.GetFileId()] = &kept{work: w}
	return nil
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
	l.named++
	w := &work{
		id:      uuid.NewString(),
		name:    fmt.Sprintf("file-%d.bin", l.named),
		content: testkit.NewContent(uint64(l.named)+1000, least+l.size()),
	}
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
		return l.random.Int64N(16 << 20)
	}
}

// upload begins an upload or goes on with it, and checks what it is told of
// its position.
func (l *workload) upload(ctx context.Context, w *work) (*fileuploadv1.UploadFileResponse, error) {
	u, err := l.begin(ctx, header(w.name, w.id, w.content.Size()))
	if err != nil {
		return nil, err
	}
	defer u.cancel()
	hello, err := u.hello()
	if err != nil {
		return nil, err
	}
	if found := hello.GetPosition().GetDurable(); found < w.durable.Load() {
		return nil, fmt.Errorf("%w: %d bytes were durable and %d are", errBroken, w.durable.Load(), found)
	}
	if err := checkPrefix(hello, w.content); err != nil {
		return nil, err
	}
	if hello.GetNext() > 0 {
		l.resumed.Add(1)
	}
	watched, stop := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() { l.watch(watched, w) })
	defer watch.Wait()
	defer stop()
	if err := u.sendFrom(w.content, hello.GetNext(), w.content.Size()); err != nil {
		return nil, err
	}
	receipt, err := u.finish()
	if err != nil {
		return nil, err
	}
	if receipt.GetChecksum() != w.content.SHA256() {
		return nil, fmt.Errorf("%w: the receipt has another checksum than the content", errBroken)
	}
	return receipt, nil
}

// watch remembers what the server tells to be durable until ctx ends.
func (l *workload) watch(ctx context.Context, w *work) {
	stream, err := l.files.WatchUpload(ctx, &fileuploadv1.WatchUploadRequest{UploadId: w.id})
	for err == nil {
		var message *fileuploadv1.WatchUploadResponse
		if message, err = stream.Recv(); err == nil {
			w.told(message.GetUpload().GetPosition().GetDurable())
		}
	}
}

// errBroken says that the server broke its word.
var errBroken = errors.New("broken promise")
