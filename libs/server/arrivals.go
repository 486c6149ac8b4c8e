package server

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/tap"

	"github.com/sluice-ingest/sluice/libs/interceptor/address"
)

const (
	// arrivalGrace is how long a request may be on its way without being counted.
	arrivalGrace = time.Second
	// maxArrivals are the requests that may be on their way for longer, and
	// maxArrivalsPerAddress those of one address. Each holds up to a window and a
	// message.
	maxArrivals           = 400
	maxArrivalsPerAddress = 100
)

// arrivals bound the requests that grpc-go waits for before any interceptor runs,
// so that nobody has asked for credentials yet: those of unary calls, and of health
// watches, which need none. Client streams and the other server streams come to
// their interceptors at once.
type arrivals struct {
	timeout time.Duration
	late    *places
	// methods are those that are waited for. It is set before the server serves.
	methods map[string]bool
}

func newArrivals(timeout time.Duration) *arrivals {
	return &arrivals{timeout: timeout, late: newPlaces(maxArrivals, maxArrivalsPerAddress)}
}

// of sets the methods to those of a server.
func (a *arrivals) of(services map[string]grpc.ServiceInfo) {
	a.methods = map[string]bool{}
	for name, service := range services {
		for _, method := range service.Methods {
			full := "/" + name + "/" + method.Name
			a.methods[full] = isHealth(full) || !method.IsClientStream && !method.IsServerStream
		}
	}
}

// tap is called when the headers of a call are there. grpc-go holds a lock of the
// connection meanwhile.
func (a *arrivals) tap(ctx context.Context, info *tap.Info) (context.Context, error) {
	if !a.methods[info.FullMethodName] {
		return ctx, nil
	}
	c := &arrival{all: a, from: originOf(ctx)}
	inner, cancel := context.WithCancel(context.WithValue(ctx, arrivalKey{}, c))
	c.Context, c.cancel = inner, cancel
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer = time.AfterFunc(min(arrivalGrace, a.timeout), c.look)
	context.AfterFunc(inner, c.end)
	return c, nil
}

func originOf(ctx context.Context) netip.Prefix {
	from, ok := peer.FromContext(ctx)
	if !ok {
		return netip.Prefix{}
	}
	return address.Of(from.Addr)
}

type arrivalKey struct{}

// arrived tells that the request of the call with ctx is there.
func arrived(ctx context.Context) {
	if c, ok := ctx.Value(arrivalKey{}).(*arrival); ok {
		c.end()
	}
}

// arrival is a request on its way, and the context of its call.
type arrival struct {
	context.Context //nolint:containedctx // it is one

	all    *arrivals
	from   netip.Prefix
	cancel context.CancelFunc
	// cut is set before the context ends because the request did not come.
	cut atomic.Bool

	mu sync.Mutex // Guards what follows.
	// timer fires after the grace, and then when the time is over.
	timer         *time.Timer
	counted, done bool
}

// Err makes grpc-go tell the client that the time is over.
func (c *arrival) Err() error {
	err := c.Context.Err()
	if err != nil && c.cut.Load() {
		return context.DeadlineExceeded
	}
	return err
}

// look counts a request that is late, and cuts one that is over its time or that
// there is no place for.
func (c *arrival) look() {
	c.mu.Lock()
	defer c.mu.Unlock()
	rest := c.all.timeout - arrivalGrace
	switch {
	case c.done:
	case !c.counted && rest > 0 && c.all.late.enter(c.from):
		c.counted = true
		c.timer.Reset(rest)
	default:
		c.cut.Store(true)
		c.cancel()
	}
}

// end ends the wait: the request is there, or the call is over.
func (c *arrival) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return
	}
	c.done = true
	c.timer.Stop()
	if c.counted {
		c.all.late.leave(c.from)
	}
}
