package tests

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

const (
	// uploaders is how many uploads of a workload run at once.
	uploaders = 4
	// keptFiles is how many files a workload leaves on the server between two
	// rounds, so that checking them stays quick.
	keptFiles = 40
)

// work is one upload of a workload.
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

// workload uploads files until the server is gone, remembers what the server
// said of each, and finds out whether that was true.
type workload struct {
	peer

	mu sync.Mutex // guards what follows
	// random decides sizes and names of the files.
	random *rand.Rand
	// begun has every upload by the name of its file.
	begun map[string]*work
	// open are the uploads without a receipt that nobody works on now.
	open []*work
	// acknowledged has the uploads with a receipt by the identifier of the file.
	acknowledged map[string]*work
	// deleted are the files whose deletion was acknowledged.
	deleted map[string]bool
	// resumed counts the streams that went on behind the start of a file.
	resumed atomic.Int64
}

func newWorkload(p peer, seed uint64) *workload {
	return &workload{
		peer:         p,
		random:       rand.New(rand.NewPCG(seed, 0)),
		begun:        make(map[string]*work),
		acknowledged: make(map[string]*work),
		deleted:      make(map[string]bool),
	}
}

// run uploads until ctx ends or a call fails, and returns the failures.
func (l *workload) run(ctx context.Context) error {
	errs := make([]error, uploaders)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			for errs[i] == nil {
				errs[i] = l.uploadNext(ctx)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
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
	l.acknowledged[receipt.GetFileId()] = w
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
	i := len(l.begun)
	w := &work{
		id:      uuid.NewString(),
		name:    fmt.Sprintf("file-%d.bin", i),
		content: testkit.NewContent(uint64(i)+1000, l.size()),
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

// check proves, when no upload runs, that everything acknowledged is there and
// whole, that nothing partial shows, and that no durable byte was lost.
func (l *workload) check(ctx context.Context, t *testing.T) {
	t.Helper()
	listed := l.list(ctx, t)
	for id, w := range l.acknowledged {
		require.NotNil(t, listed[id], "%s was acknowledged", w.name)
	}
	for id, file := range listed {
		require.False(t, l.deleted[id], "%s was deleted", file.GetFileName())
		w := l.begun[file.GetFileName()]
		require.NotNil(t, w, "nobody uploaded %s", file.GetFileName())
		l.requireStored(ctx, t, id, w.name, w.content)
	}
	for _, w := range l.open {
		l.checkOpen(ctx, t, w)
	}
	l.trim(ctx, t)
}

// checkOpen wants an upload without a receipt to have kept what was durable.
func (l *workload) checkOpen(ctx context.Context, t *testing.T, w *work) {
	t.Helper()
	answer, err := l.files.GetUpload(ctx, &fileuploadv1.GetUploadRequest{UploadId: w.id})
	if refusalOf(err).code == codes.NotFound {
		require.Zero(t, w.durable.Load(), "%s is gone, of which bytes were durable", w.name)
		return
	}
	require.NoError(t, err)
	position := answer.GetUpload().GetPosition()
	require.GreaterOrEqual(t, position.GetDurable(), w.durable.Load(), w.name)
	if answer.GetUpload().GetStatus() == fileuploadv1.UploadStatus_UPLOAD_STATUS_RECEIVING {
		require.Equal(t, position.GetDurable(), position.GetReceived(), "a crash drops what was not durable")
	}
	w.told(position.GetDurable())
}

func (l *workload) list(ctx context.Context, t *testing.T) map[string]*fileuploadv1.File {
	t.Helper()
	listed := make(map[string]*fileuploadv1.File)
	request := &fileuploadv1.ListFilesRequest{PageSize: 7}
	for {
		page, err := l.files.ListFiles(ctx, proto.CloneOf(request))
		require.NoError(t, err)
		for _, file := range page.GetFiles() {
			require.Nil(t, listed[file.GetFileId()], "a page repeats a file")
			listed[file.GetFileId()] = file
		}
		if page.GetNextCursor() == "" {
			return listed
		}
		request.Cursor = page.GetNextCursor()
	}
}

// trim deletes the oldest acknowledged files when there are too many.
func (l *workload) trim(ctx context.Context, t *testing.T) {
	t.Helper()
	ids := slices.Sorted(maps.Keys(l.acknowledged))
	for len(ids) > keptFiles {
		id := ids[0]
		ids = ids[1:]
		_, err := l.files.DeleteFile(ctx, &fileuploadv1.DeleteFileRequest{FileId: id})
		require.NoError(t, err)
		l.deleted[id] = true
		delete(l.acknowledged, id)
	}
}
