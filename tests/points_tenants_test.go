package tests

import (
	"context"
	"crypto/tls"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// guardedCollector is a collector with authentication and TLS, and its keys.
type guardedCollector struct {
	*collector

	certs testkit.Certificates
	// alice and bob are of two tenants; carol is of alice's.
	alice, bob, carol string
}

func startGuardedCollector(t *testing.T) *guardedCollector {
	t.Helper()
	g := &guardedCollector{certs: testkit.Cert(t)}
	keys := makeTenantKeys(t)
	g.alice, g.bob, g.carol = keys.alice, keys.bob, keys.carol
	g.collector = launchCollector(t, t.TempDir(),
		"--auth-keys-file", keys.file, "--tls-cert-file", g.certs.CertFile, "--tls-key-file", g.certs.KeyFile)
	return g
}

// as connects with a key; an empty one is none.
func (g *guardedCollector) as(t *testing.T, key string) pointsPeer {
	t.Helper()
	opts := []grpc.DialOption{
		grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{RootCAs: g.certs.Pool, MinVersion: tls.VersionTLS13})),
	}
	if key != "" {
		opts = append(opts, grpc.WithPerRPCCredentials(bearer(key)))
	}
	return dialPoints(t, g.Addr, opts...)
}

// pointCalls are all calls of the service, each about one producer and source.
func pointCalls(p pointsPeer, producerID, source string) map[string]func(context.Context) error {
	x := ofSource(source)
	return map[string]func(context.Context) error{
		"collect": func(ctx context.Context) error {
			_, err := p.deliver(ctx, producer(producerID, 0), numberedFrame(1, tick(source, 1)))
			return err
		},
		"position": func(ctx context.Context) error {
			_, err := p.positionOf(ctx, producerID)
			return err
		},
		"watch": func(ctx context.Context) error {
			w, err := p.watchPosition(ctx, producerID)
			if err == nil {
				_, err = w.next()
			}
			return err
		},
		"query":      querying(x.request()).of(p),
		"statistics": summing(&collectorv1.GetStatisticsRequest{Matchers: x.matchers}).of(p),
		"delete":     deleting(&collectorv1.DeleteDataPointsRequest{Matchers: x.matchers}).of(p),
		"series": func(ctx context.Context) error {
			_, err := p.points.ListSeries(ctx, &collectorv1.ListSeriesRequest{Matchers: x.matchers})
			return err
		},
		"streams": func(ctx context.Context) error {
			_, err := p.streams.ListStreams(ctx, &streamv1.ListStreamsRequest{})
			return err
		},
	}
}

func TestCallsForPointsWithoutGoodKeysAreRefused(t *testing.T) {
	g := startGuardedCollector(t)
	for name, c := range map[string]struct{ key, reason string }{
		"no_key":    {"", "CREDENTIALS_MISSING"},
		"not_a_key": {"secret", "CREDENTIALS_INVALID"},
	} {
		for method, call := range pointCalls(g.as(t, c.key), "stranger", "forged") {
			t.Run(name+"/"+method, func(t *testing.T) {
				requireRefused(t, call(bounded(t)), codes.Unauthenticated, c.reason)
			})
		}
	}
	requireNothingStored(bounded(t), t, g.as(t, g.alice))
}

func requireNothingStored(ctx context.Context, t *testing.T, p pointsPeer) {
	t.Helper()
	p.requireQueried(ctx, t, stored{}, selection{}, nil)
	p.requireStatistics(ctx, t, stored{}, selection{}, grouping{})
	p.requireSeries(ctx, t, stored{}, selection{})
}

// TestTenantsCannotSeeEachOthersPoints has principals of two tenants use the
// same names.
func TestTenantsCannotSeeEachOthersPoints(t *testing.T) {
	g := startGuardedCollector(t)
	ctx := bounded(t)
	const id, source = "shared-name", "shared"
	alice, bob, carol := g.as(t, g.alice), g.as(t, g.bob), g.as(t, g.carol)
	hers := stored{}
	hers.take(tick(source, 1), tick(source, 2))
	open, _ := alice.mustOpen(ctx, t, producer(id, 5), numberedFrame(1, tick(source, 1)))
	alice.requireQueried(ctx, t, hers.selected(selection{end: new(tick(source, 2).GetTimestamp())}), selection{}, waitFor(id, 1))

	t.Run("nothing_is_there_for_another", func(t *testing.T) {
		requireNothingStored(ctx, t, bob)
		for _, p := range []pointsPeer{bob, carol} {
			_, err := p.positionOf(ctx, id)
			requireRefused(t, err, codes.NotFound, "PRODUCER_NOT_FOUND")
			_, err = p.query(ctx, &collectorv1.QueryDataPointsRequest{WaitFor: waitFor(id, 1)})
			requireRefused(t, err, codes.NotFound, "PRODUCER_NOT_FOUND")
		}
		streams, err := bob.streams.ListStreams(ctx, &streamv1.ListStreamsRequest{})
		require.NoError(t, err)
		require.Empty(t, streams.GetStreams())
	})
	t.Run("nothing_is_deleted_for_another", func(t *testing.T) {
		deleted, err := bob.points.DeleteDataPoints(ctx, &collectorv1.DeleteDataPointsRequest{Matchers: ofSource(source).matchers})
		require.NoError(t, err)
		require.Zero(t, deleted.GetDeletedCount())
	})
	his := stored{}
	t.Run("names_do_not_fence_each_other", func(t *testing.T) {
		his.take(tick(source, 7))
		receipt, err := bob.deliver(ctx, producer(id, 9), numberedFrame(1, tick(source, 7)))
		require.NoError(t, err)
		require.Equal(t, int64(1), receipt.GetSuccessfulCount())
		_, err = carol.deliver(ctx, producer(id, 9))
		require.NoError(t, err)
		require.NoError(t, open.send(numberedFrame(2, tick(source, 2))))
		receipt, err = open.finish()
		require.NoError(t, err)
		require.Equal(t, int64(2), receipt.GetSuccessfulCount())
	})
	each := func(t *testing.T) {
		alice.requireQueried(ctx, t, hers, selection{}, waitFor(id, 2))
		carol.requireQueried(ctx, t, hers, selection{}, nil)
		bob.requireQueried(ctx, t, his, selection{}, waitFor(id, 1))
	}
	t.Run("each_tenant_has_its_own", each)
	g.Restart()
	t.Run("each_tenant_has_its_own_after_a_kill", each)
}
