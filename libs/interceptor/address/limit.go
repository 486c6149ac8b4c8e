package address

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/peer"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/gate"
	"github.com/sluice-ingest/sluice/libs/interceptor/internal/method"
)

// Limit refuses the calls of an address that starts too many or holds too many
// streams open: with reason RATE_LIMITED or TOO_MANY_STREAMS, the time after
// which to try again, and the limit. A refused call costs the address nothing.
// Health checks are exempt. Safe for concurrent use.
//
// It remembers 10,000 addresses besides those with open streams.
type Limit struct {
	off      bool
	refusals gate.Refusals

	mu       sync.Mutex // Guards accounts and what is in them.
	accounts *gate.Book[netip.Prefix, *gate.Account]
}

// New returns a Limit that counts refusals in
// sluice_<service>_limited_total{limit} on reg. config must be valid.
func New(service string, config Config, reg prometheus.Registerer) *Limit {
	bounds := config.bounds()
	fresh := func(netip.Prefix) *gate.Account { return gate.NewAccount("address", bounds) }
	return &Limit{off: bounds.None(), refusals: gate.NewRefusals(service, reg), accounts: gate.NewBook(fresh)}
}

// Unary is the interceptor for unary calls.
func (l *Limit) Unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if l.exempt(info.FullMethod) {
		return handler(ctx, req)
	}
	if _, err := l.enter(origin(ctx), false); err != nil {
		return nil, err
	}
	return handler(ctx, req)
}

// Stream is the interceptor for streams.
func (l *Limit) Stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if l.exempt(info.FullMethod) {
		return handler(srv, stream)
	}
	from := origin(stream.Context())
	account, err := l.enter(from, true)
	if err != nil {
		return err
	}
	defer l.leave(from, account)
	return handler(srv, stream)
}

func (l *Limit) exempt(fullMethod string) bool { return l.off || method.IsHealth(fullMethod) }

// enter admits a call or returns why not. A stream holds its account until
// leave.
func (l *Limit) enter(from netip.Prefix, stream bool) (*gate.Account, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	account := l.accounts.Hold(from)
	err := gate.Admit(time.Now(), stream, account)
	if err != nil || !stream {
		l.accounts.Release(from)
	}
	l.refusals.Count(err)
	return account, err
}

func (l *Limit) leave(from netip.Prefix, account *gate.Account) {
	l.mu.Lock()
	defer l.mu.Unlock()
	account.Ended()
	l.accounts.Release(from)
}

// origin returns the address that a call comes from.
func origin(ctx context.Context) netip.Prefix {
	from, ok := peer.FromContext(ctx)
	if !ok {
		return netip.Prefix{}
	}
	return Of(from.Addr)
}
