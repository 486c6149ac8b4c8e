package ingest

import (
	"context"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/peer"

	"github.com/sluice-ingest/sluice/libs/flow"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

var errDraining = problem.New(problem.Draining, "the server is shutting down; go on there when it is back, or elsewhere")

// Registry knows the open client streams of a server process. Safe for
// concurrent use.
type Registry struct {
	claims *claims
	// flow bounds the streams; nil bounds nothing.
	flow *flow.Flow

	// drain ends when the drain begins, and cut when open streams are cut.
	drain, cut           context.Context
	beginDrain, beginCut context.CancelCauseFunc

	// count is how many streams are open.
	count atomic.Int64
	mu    sync.Mutex
	// streams is guarded by mu.
	streams map[string]*Stream
}

// NewRegistry returns an empty registry whose streams share what f has; nil bounds
// nothing.
func NewRegistry(f *flow.Flow) *Registry {
	r := &Registry{claims: newClaims(), flow: f, streams: map[string]*Stream{}}
	r.drain, r.beginDrain = context.WithCancelCause(context.Background())
	r.cut, r.beginCut = context.WithCancelCause(context.Background())
	return r
}

// Open registers a stream that arrived with ctx, the context of its call. The
// caller closes the stream as its last act. During a drain Open fails with
// reason DRAINING, and without memory for the stream with MEMORY_EXHAUSTED.
func (r *Registry) Open(ctx context.Context, method string) (*Stream, error) {
	s := r.newStream(ctx, method)
	if err := r.admit(s); err != nil {
		s.cancel(err)
		return nil, err
	}
	return s, nil
}

// admit lists a stream that there is room for.
func (r *Registry) admit(s *Stream) (err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := context.Cause(r.drain); err != nil {
		return err
	}
	if r.flow != nil {
		if s.account, err = r.flow.Budget.Admit(s.Principal.Tenant, r.flow.StreamBytes); err != nil {
			return err
		}
	}
	r.streams[s.ID] = s
	r.count.Store(int64(len(r.streams)))
	return nil
}

const (
	// halfReceivedBytes are what the open streams share for messages that are half
	// received, as long as each gets crowdBytes.
	halfReceivedBytes = 8 << 20
	crowdBytes        = 64 << 10
)

// MessageBytes returns how large the payload of a message may be on a stream that
// opens now: most, or a share of 8 MiB among the open streams, which is at least
// 64 KiB. Each stream may have a message half received.
func (r *Registry) MessageBytes(most int) int {
	share := halfReceivedBytes / max(1, r.count.Load())
	return min(most, max(crowdBytes, int(share)))
}

// crowded tells whether there are too many streams for each to receive ahead.
func (r *Registry) crowded() bool { return r.count.Load() > crowd }

func (r *Registry) newStream(ctx context.Context, method string) *Stream {
	s := &Stream{
		ID:        uuid.Must(uuid.NewV7()).String(),
		Method:    method,
		Principal: principal.From(ctx),
		StartedAt: time.Now(),
		registry:  r,
		ended:     make(chan struct{}),
	}
	if p, ok := peer.FromContext(ctx); ok {
		s.Peer = p.Addr.String()
	}
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	return s
}

// Hold takes a work over outside of any stream, so that nobody carries it on
// until release is called. A stream that carries it ends with cause first.
func (r *Registry) Hold(ctx context.Context, key WorkKey, cause error) (release func(), err error) {
	s := r.newStream(ctx, "")
	if err := r.claims.take(s, key, 0, cause); err != nil {
		s.cancel(err)
		return nil, err
	}
	return func() { r.letGo(s, key) }, nil
}

// HoldIfFree is [Registry.Hold] for a work that nobody carries or wants.
func (r *Registry) HoldIfFree(ctx context.Context, key WorkKey) (release func(), ok bool) {
	s := r.newStream(ctx, "")
	if !r.claims.takeIfFree(s, key) {
		s.cancel(nil)
		return nil, false
	}
	return func() { r.letGo(s, key) }, true
}

func (r *Registry) letGo(s *Stream, key WorkKey) {
	r.claims.release(s, key)
	s.cancel(nil)
}

// Carrier returns the identifier of the stream that carries the work now, or
// "".
func (r *Registry) Carrier(key WorkKey) string {
	if s := r.claims.holder(key); s != nil && s.Method != "" {
		return s.ID
	}
	return ""
}

// Find returns an open stream of the tenant, or reason STREAM_NOT_FOUND.
func (r *Registry) Find(tenant, id string) (*Stream, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.streams[id]
	if s == nil || s.Principal.Tenant != tenant {
		return nil, problem.InField(problem.StreamNotFound, "stream_id", "no stream %s is open here", problem.Echo(id))
	}
	return s, nil
}

// Streams returns the open streams of the tenant, oldest first.
func (r *Registry) Streams(tenant string) []*Stream {
	open := r.all(func(s *Stream) bool { return s.Principal.Tenant == tenant })
	// Identifiers are UUIDs of version 7: they sort by the time they were made.
	sort.Slice(open, func(i, j int) bool { return open[i].ID < open[j].ID })
	return open
}

func (r *Registry) all(wanted func(*Stream) bool) []*Stream {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []*Stream
	for _, s := range r.streams {
		if wanted(s) {
			found = append(found, s)
		}
	}
	return found
}

// Drain refuses new streams from now on. Streams that are open go on.
func (r *Registry) Drain() { r.beginDrain(errDraining) }

// DrainBegun is closed when [Registry.Drain] was called, for calls that would
// otherwise go on without end.
func (r *Registry) DrainBegun() <-chan struct{} { return r.drain.Done() }

// CutAll cuts every open stream with reason DRAINING, and every call in
// [Registry.UntilCut], and waits until the streams have ended or ctx is done.
func (r *Registry) CutAll(ctx context.Context) {
	r.beginCut(errDraining)
	open := r.all(func(*Stream) bool { return true })
	for _, s := range open {
		s.Cut(errDraining)
	}
	for _, s := range open {
		select {
		case <-s.ended:
		case <-ctx.Done():
			return
		}
	}
}

// open returns the number of open streams.
func (r *Registry) open() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.streams)
}

func (r *Registry) remove(s *Stream) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.streams, s.ID)
	r.count.Store(int64(len(r.streams)))
}
