// Package ratelimit bounds how many calls a principal starts. What flows
// inside a stream is not its business: backpressure bounds that.
package ratelimit

import (
	"context"
	"math"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
	"google.golang.org/grpc"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/method"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// maxPrincipals bounds the memory that buckets take. The bucket that was used
// least recently goes first; a principal that returns later finds a full one.
const maxPrincipals = 10_000

// Limit holds a token bucket for each principal, its tenant and subject. A call
// that finds the bucket empty is refused with reason RATE_LIMITED and the time
// until the next token. Health checks are exempt. Safe for concurrent use.
type Limit struct {
	config  Config
	buckets *lru.Cache[owner, *rate.Limiter]
}

type owner struct{ tenant, subject string }

// New returns a Limit. config must be valid.
func New(config Config) *Limit {
	buckets, err := lru.New[owner, *rate.Limiter](maxPrincipals)
	if err != nil {
		panic(err) // Only for a size that is not positive.
	}
	return &Limit{config: config, buckets: buckets}
}

// Unary is the interceptor for unary calls.
func (l *Limit) Unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if err := l.admit(ctx, info.FullMethod); err != nil {
		return nil, err
	}
	return handler(ctx, req)
}

// Stream is the interceptor for streams: one token each, at the start.
func (l *Limit) Stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if err := l.admit(stream.Context(), info.FullMethod); err != nil {
		return err
	}
	return handler(srv, stream)
}

func (l *Limit) admit(ctx context.Context, fullMethod string) error {
	if l.config.CallsPerSecond == 0 || method.IsHealth(fullMethod) {
		return nil
	}
	now := time.Now()
	bucket := l.bucket(principal.From(ctx))
	// A reservation that is given back would not do: what others reserved
	// meanwhile keeps the time it was given.
	if bucket.AllowN(now, 1) {
		return nil
	}
	refusal := problem.New(problem.RateLimited,
		"more than %g calls a second; wait before the next one", l.config.CallsPerSecond)
	refusal.RetryAfter = waitFor(1-bucket.TokensAt(now), l.config.CallsPerSecond)
	return refusal
}

// waitFor returns how long so many tokens take to come. It is at least a
// nanosecond: a bucket that others fill and empty meanwhile may lack none, and
// an error without a time says nothing of waiting.
func waitFor(tokens, perSecond float64) time.Duration {
	wait := math.Ceil(tokens * float64(time.Second) / perSecond)
	if wait >= math.MaxInt64 {
		return math.MaxInt64
	}
	return max(1, time.Duration(wait))
}

func (l *Limit) bucket(p principal.Principal) *rate.Limiter {
	key := owner{p.Tenant, p.Subject}
	if bucket, ok := l.buckets.Get(key); ok {
		return bucket
	}
	fresh := rate.NewLimiter(rate.Limit(l.config.CallsPerSecond), l.config.burst())
	if other, ok, _ := l.buckets.PeekOrAdd(key, fresh); ok {
		return other // Another call of this principal was quicker.
	}
	return fresh
}
