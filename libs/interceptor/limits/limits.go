package limits

import (
	"context"
	"sync"
	"time"

	middleware "github.com/grpc-ecosystem/go-grpc-middleware/v2"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/gate"
	"github.com/sluice-ingest/sluice/libs/interceptor/internal/method"
	"github.com/sluice-ingest/sluice/libs/principal"
)

// Limits refuses the calls of a principal or a tenant that starts too many or
// holds too many streams open: with reason RATE_LIMITED or TOO_MANY_STREAMS, the
// time after which to try again, and the limit. A call refused at its start
// costs nothing. Inside streams it holds up what exceeds a rate. Health checks
// are exempt. Safe for concurrent use.
//
// It stands behind the authentication, and outside of the message link, whose
// hook it uses. It remembers 10,000 principals and as many tenants besides those
// with open streams.
type Limits struct {
	off      bool
	clock    clock
	refusals gate.Refusals

	mu         sync.Mutex // Guards what follows, and the members' accounts. Taken before a pacer's.
	principals *gate.Book[owner, *member]
	tenants    *gate.Book[string, *member]
}

// New returns Limits that count refusals in sluice_<service>_limited_total{limit}
// and waiting in sluice_<service>_throttled_seconds_total{limit} on reg. It panics
// when reg has the latter already. config must be valid.
func New(service string, config Config, reg prometheus.Registerer) *Limits {
	own, _ := config.tenants()
	throttled := newThrottled(service, reg)
	clock := clock(time.Now())
	principals := maker{subject: "principal", clock: clock, throttled: throttled}
	tenants := maker{subject: "tenant", clock: clock, throttled: throttled}
	return &Limits{
		off:        config.Principal.none() && config.Tenant.none() && len(own) == 0,
		clock:      clock,
		refusals:   gate.NewRefusals(service, reg),
		principals: gate.NewBook(func(owner) *member { return principals.member(config.Principal) }),
		tenants: gate.NewBook(func(tenant string) *member {
			if bounds, named := own[tenant]; named {
				return tenants.member(bounds)
			}
			return tenants.member(config.Tenant)
		}),
	}
}

// Unary is the interceptor for unary calls.
func (l *Limits) Unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if l.exempt(info.FullMethod) {
		return handler(ctx, req)
	}
	if err := l.admitUnary(principal.From(ctx), req); err != nil {
		return nil, err
	}
	return handler(ctx, req)
}

// Stream is the interceptor for streams.
func (l *Limits) Stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if l.exempt(info.FullMethod) {
		return handler(srv, stream)
	}
	v, err := l.admitStream(principal.From(stream.Context()))
	if err != nil {
		return err
	}
	defer l.leave(v)
	wrapped := middleware.WrapServerStream(stream)
	wrapped.WrappedContext = withHook(stream.Context(), l.clock, v.principal, v.tenant)
	return handler(srv, wrapped)
}

func (l *Limits) exempt(fullMethod string) bool { return l.off || method.IsHealth(fullMethod) }

func (l *Limits) admitUnary(who principal.Principal, req any) error {
	l.mu.Lock()
	v := l.hold(who)
	err := gate.Admit(time.Now(), false, v.principal.account, v.tenant.account)
	l.release(v)
	l.mu.Unlock()
	if err == nil {
		err = takeUnary(l.clock.now(), req, v.principal, v.tenant)
	}
	l.refusals.Count(err)
	return err
}

// admitStream lets a stream begin, which ends with leave, or returns why not.
func (l *Limits) admitStream(who principal.Principal) (visit, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := l.hold(who)
	err := gate.Admit(time.Now(), true, v.principal.account, v.tenant.account)
	if err != nil {
		l.release(v)
	}
	l.refusals.Count(err)
	return v, err
}

func (l *Limits) leave(v visit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v.principal.account.Ended()
	v.tenant.account.Ended()
	l.release(v)
}

// visit is a call's hold on its principal and tenant.
type visit struct {
	owner             owner
	principal, tenant *member
}

// hold finds those on whose account a call goes. The caller holds mu.
func (l *Limits) hold(who principal.Principal) visit {
	o := owner{tenant: who.Tenant, subject: who.Subject}
	return visit{owner: o, principal: l.principals.Hold(o), tenant: l.tenants.Hold(o.tenant)}
}

// release ends hold. The caller holds mu.
func (l *Limits) release(v visit) {
	l.principals.Release(v.owner)
	l.tenants.Release(v.owner.tenant)
}
