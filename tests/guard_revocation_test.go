package tests

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/client"
)

// TestRevokedKeyEndsItsStreams revokes a key by the CLI while its streams are
// idle. Those of another key go on.
func TestRevokedKeyEndsItsStreams(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind guardKind) {
		t.Helper()
		g := startGuard(t, kind)
		ctx := bounded(t)
		id, key := g.createKey(t, "acme", "alice")
		_, other := g.createKey(t, "acme", "bob")
		p, work := g.dial(t, key), newWork()
		open, ends := g.leaveAlone(ctx, t, p, work)
		kept := kind.open(ctx, t, g.dial(t, other), newWork())

		g.revoke(t, id)
		revoked := time.Now()
		for end := range ends {
			r := requireRefused(t, end.err, codes.Unauthenticated, "CREDENTIALS_REVOKED")
			require.Less(t, end.at.Sub(revoked), 5*time.Second, "%s ended late", end.name)
			if end.name == clientStream {
				require.Equal(t, open.durable, r.cut.GetPosition().GetDurable())
			}
		}
		_, err := p.streams.ListStreams(ctx, &streamv1.ListStreamsRequest{})
		requireRefused(t, err, codes.Unauthenticated, "CREDENTIALS_INVALID")
		require.NoError(t, kept.send())
		require.NoError(t, kept.finish())
		require.Equal(t, open.next, kind.next(ctx, t, g.always(t), work), "a fresh credential of the subject goes on")
	})
}

// TestClientGoesOnWithAnotherKey revokes the key that the SDK sends with. The
// source has another.
func TestClientGoesOnWithAnotherKey(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind guardKind) {
		t.Helper()
		g := startGuard(t, kind)
		first, key := g.createKey(t, "acme", "alice")
		_, next := g.createKey(t, "acme", "alice")
		tokens := &twoTokens{tokens: []string{key, next}}
		attempts := g.sendWhile(t, func() {
			g.awaitLog(t, "started stream", 1)
			g.revoke(t, first)
			g.awaitLog(t, "CREDENTIALS_REVOKED", 1)
		}, client.WithTokenSource(tokens))
		require.GreaterOrEqual(t, attempts, 2)
	})
}

// twoTokens is a source that has a second token for when the first is refused.
type twoTokens struct {
	mu     sync.Mutex // Guards tokens.
	tokens []string
}

func (s *twoTokens) Token(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens[0], nil
}

func (s *twoTokens) Invalidate(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tokens) > 1 && s.tokens[0] == token {
		s.tokens = s.tokens[1:]
	}
}
