package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
)

// tokenGuard issues tokens that live for a while, as a [TokenSource], and guards
// a fake with them: it refuses what has no good one, and ends each stream when
// its token does, as a server's chain does.
type tokenGuard struct {
	life time.Duration
	// stale is how long the source goes on to give a token that has expired.
	stale time.Duration

	mu sync.Mutex
	// tokens are those that are good, with their ends. current is the newest.
	tokens    map[string]time.Time
	issued    int
	current   string
	forgotten []string
	// cuts and refusals count what the guard ended and refused.
	cuts, refusals int
}

func newTokenGuard(life time.Duration) *tokenGuard {
	return &tokenGuard{life: life, tokens: map[string]time.Time{}}
}

func (g *tokenGuard) Token(context.Context) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if end := g.tokens[g.current]; g.current == "" || !time.Now().Before(end.Add(g.stale)) {
		g.issued++
		g.current = fmt.Sprintf("token-%d", g.issued)
		g.tokens[g.current] = time.Now().Add(g.life)
	}
	return g.current, nil
}

// forgettingGuard is a tokenGuard that is a [TokenInvalidator] too.
type forgettingGuard struct{ *tokenGuard }

func (g forgettingGuard) Invalidate(token string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forgotten = append(g.forgotten, token)
	if g.current == token {
		g.current = ""
	}
}

// check returns when the token of a call ends.
func (g *tokenGuard) check(ctx context.Context) (time.Time, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	token := strings.TrimPrefix(strings.Join(md.Get("authorization"), ""), "Bearer ")
	g.mu.Lock()
	defer g.mu.Unlock()
	if end := g.tokens[token]; time.Now().Before(end) {
		return end, nil
	}
	g.refusals++
	return time.Time{}, fakeError(codes.Unauthenticated, reasonCredentialsExpired, "the token has expired")
}

func (g *tokenGuard) unary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if _, err := g.check(ctx); err != nil {
		return nil, err
	}
	return handler(ctx, req)
}

func (g *tokenGuard) stream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	end, err := g.check(stream.Context())
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- handler(srv, stream) }()
	select {
	case err := <-ended:
		return err
	case <-time.After(time.Until(end)):
		g.mu.Lock()
		defer g.mu.Unlock()
		g.cuts++
		return fakeError(codes.Unauthenticated, reasonTokenExpired, "the token has expired")
	}
}

// serve returns a client of a guarded server.
func (g *tokenGuard) serve(t *testing.T, source TokenSource, register func(*grpc.Server), opts ...Option) (*StreamingClient, func()) {
	t.Helper()
	server := grpc.NewServer(grpc.MaxRecvMsgSize(8<<20), grpc.UnaryInterceptor(g.unary), grpc.StreamInterceptor(g.stream))
	return serveServer(t, server, register, func(conn net.Conn) net.Conn { return conn },
		append([]Option{WithTokenSource(source)}, opts...)...)
}

// failingSource fails so many times.
type failingSource struct {
	mu   sync.Mutex
	left int
}

func (f *failingSource) Token(context.Context) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left > 0 {
		f.left--
		return "", errors.New("the issuer is away")
	}
	return "fresh", nil
}

// countingSource gives another token each time.
type countingSource struct{ given atomic.Int64 }

func (c *countingSource) Token(context.Context) (string, error) {
	return fmt.Sprintf("token-%d", c.given.Add(1)), nil
}
