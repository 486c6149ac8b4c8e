package tests

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/sluice-ingest/sluice/libs/client"
)

// guardEnd is how and when a stream ended.
type guardEnd struct {
	name string
	err  error
	at   time.Time
}

// clientStream is the name of the client stream among the others.
const clientStream = "the client stream"

// leaveAlone opens streams of all kinds with a token and sends nothing more. It
// returns their ends, which the server makes.
func (g *guard) leaveAlone(ctx context.Context, t *testing.T, p guardPeer, work string) (guardStream, <-chan guardEnd) {
	t.Helper()
	open := g.kind.open(ctx, t, p, work)
	streams := g.kind.follow(ctx, t, p, work)
	streams[clientStream] = open.ended
	ends := make(chan guardEnd, len(streams))
	var waiting sync.WaitGroup
	for name, wait := range streams {
		waiting.Go(func() {
			err := wait()
			ends <- guardEnd{name, err, time.Now()}
		})
	}
	go func() {
		waiting.Wait()
		close(ends)
	}()
	return open, ends
}

// TestExpiredTokenEndsItsStreamsAtOnce leaves streams of a token alone until it
// expires.
func TestExpiredTokenEndsItsStreamsAtOnce(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind guardKind) {
		t.Helper()
		g := startGuard(t, kind)
		ctx := bounded(t)
		expires := soon(4 * time.Second)
		p, work := g.dial(t, g.issuer.token(expires)), newWork()
		open, ends := g.leaveAlone(ctx, t, p, work)
		require.Less(t, time.Now(), expires, "the streams were opened in time")
		for end := range ends {
			r := requireRefused(t, end.err, codes.Unauthenticated, "TOKEN_EXPIRED")
			require.False(t, end.at.Before(expires), "%s ended %v too early", end.name, expires.Sub(end.at))
			require.Less(t, end.at.Sub(expires), time.Second, "%s ended late", end.name)
			if end.name == clientStream {
				require.Equal(t, open.durable, r.cut.GetPosition().GetDurable())
			}
		}
		require.Equal(t, open.next, kind.next(ctx, t, g.always(t), work))
	})
}

// TestClientGoesOnWithFreshTokens sends for longer than many tokens are good.
func TestClientGoesOnWithFreshTokens(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind guardKind) {
		t.Helper()
		g := startGuard(t, kind)
		tokens := &shortTokens{issuer: g.issuer}
		attempts := g.sendWhile(t, func() { g.awaitLog(t, "TOKEN_EXPIRED", 4) }, client.WithTokenSource(tokens))
		require.GreaterOrEqual(t, tokens.count(), 3)
		require.GreaterOrEqual(t, attempts, 3)
	})
}
