package tests

import (
	"context"
	"crypto/tls"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// guardedLogs is a log service with authentication and TLS, and its keys.
type guardedLogs struct {
	*logServer

	certs testkit.Certificates
	keys  tenantKeys
}

func startGuardedLogs(t *testing.T) *guardedLogs {
	t.Helper()
	g := &guardedLogs{certs: testkit.Cert(t), keys: makeTenantKeys(t)}
	g.logServer = launchLogs(t, t.TempDir(),
		"--auth-keys-file", g.keys.file, "--tls-cert-file", g.certs.CertFile, "--tls-key-file", g.certs.KeyFile)
	return g
}

// as connects with a key; an empty one is none.
func (g *guardedLogs) as(t *testing.T, key string) logsPeer {
	t.Helper()
	opts := []grpc.DialOption{
		grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{RootCAs: g.certs.Pool, MinVersion: tls.VersionTLS13})),
	}
	if key != "" {
		opts = append(opts, grpc.WithPerRPCCredentials(bearer(key)))
	}
	return dialLogs(t, g.Addr, opts...)
}

// logCalls are all calls of the service, each about one producer and
// application.
func logCalls(p logsPeer, producerID, application string) map[string]func(context.Context) error {
	f := ofApplication(application)
	return map[string]func(context.Context) error{
		"collect": func(ctx context.Context) error {
			_, err := p.deliver(ctx, logProducer(producerID, 0), logFrame(1, plainLog(application, 1).logEntry))
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
		"flush": func(ctx context.Context) error {
			_, err := p.logs.FlushLogs(ctx, &logaggv1.FlushLogsRequest{})
			return err
		},
		"streams": func(ctx context.Context) error {
			_, err := p.streams.ListStreams(ctx, &streamv1.ListStreamsRequest{})
			return err
		},
		"search":     searching(oldestFirst(f)).of(p),
		"statistics": counting(&logaggv1.GetLogStatisticsRequest{Filter: f}).of(p),
		"delete":     deletingLogs(f).of(p),
		"tail":       tailing(f).of(p),
		"rules":      tryingRules(&logaggv1.TestRulesRequest{}).of(p),
	}
}

func TestCallsForLogsWithoutGoodKeysAreRefused(t *testing.T) {
	g := startGuardedLogs(t)
	for name, c := range map[string]struct{ key, reason string }{
		"no_key":    {"", "CREDENTIALS_MISSING"},
		"not_a_key": {"secret", "CREDENTIALS_INVALID"},
	} {
		for method, call := range logCalls(g.as(t, c.key), "stranger", "forged") {
			t.Run(name+"/"+method, func(t *testing.T) {
				requireRefused(t, call(bounded(t)), codes.Unauthenticated, c.reason)
			})
		}
	}
	g.as(t, g.keys.alice).requireSearched(bounded(t), t, nil, nil, nil)
}

// TestTenantsCannotSeeEachOthersLogs has principals of two tenants use the same
// names.
func TestTenantsCannotSeeEachOthersLogs(t *testing.T) {
	g := startGuardedLogs(t)
	ctx := bounded(t)
	const id, application = "shared-name", "shared"
	alice, bob, carol := g.as(t, g.keys.alice), g.as(t, g.keys.bob), g.as(t, g.keys.carol)
	his := bob.tail(ctx, t, nil)
	defer his.cancel()
	hers := alice.tail(ctx, t, nil)
	defer hers.cancel()
	var of struct{ alice, bob indexedLogs }
	of.alice = of.alice.with(plainLog(application, 1))
	open, _ := alice.mustOpen(ctx, t, logProducer(id, 5), logFrame(1, plainLog(application, 1).logEntry))
	alice.requireSearched(ctx, t, of.alice, nil, waitFor(id, 1))

	t.Run("nothing_is_there_for_another", func(t *testing.T) {
		bob.requireSearched(ctx, t, nil, nil, nil)
		bob.requireLogStatistics(ctx, t, nil, nil, logGrouping{application: true})
		for _, p := range []logsPeer{bob, carol} {
			_, err := p.positionOf(ctx, id)
			requireRefused(t, err, codes.NotFound, "PRODUCER_NOT_FOUND")
			_, _, err = p.search(ctx, &logaggv1.SearchLogsRequest{WaitFor: waitFor(id, 1)})
			requireRefused(t, err, codes.NotFound, "PRODUCER_NOT_FOUND")
		}
		streams, err := bob.streams.ListStreams(ctx, &streamv1.ListStreamsRequest{})
		require.NoError(t, err)
		require.Empty(t, streams.GetStreams())
	})
	t.Run("nothing_is_deleted_for_another", func(t *testing.T) {
		deleted, err := bob.logs.DeleteLogs(ctx, &logaggv1.DeleteLogsRequest{Filter: ofApplication(application)})
		require.NoError(t, err)
		require.Zero(t, deleted.GetDeletedCount())
	})
	t.Run("names_do_not_fence_each_other", func(t *testing.T) {
		receipt, err := bob.deliver(ctx, logProducer(id, 9), logFrame(1, plainLog(application, 7).logEntry))
		require.NoError(t, err)
		require.Equal(t, int64(1), receipt.GetIndexedCount())
		of.bob = of.bob.with(plainLog(application, 7))
		_, err = carol.deliver(ctx, logProducer(id, 9))
		require.NoError(t, err)
		require.NoError(t, open.send(logFrame(2, plainLog(application, 2).logEntry)))
		receipt, err = open.finish()
		require.NoError(t, err)
		require.Equal(t, int64(2), receipt.GetIndexedCount())
		of.alice = of.alice.with(plainLog(application, 2))
	})
	t.Run("each_tail_tells_its_own", func(t *testing.T) {
		entries, _, err := his.take(1)
		require.NoError(t, err)
		requireLogsInOrder(t, of.bob, entries)
		entries, _, err = hers.take(2)
		require.NoError(t, err)
		requireLogsInOrder(t, of.alice, entries)
	})
	each := func(t *testing.T) {
		alice.requireSearched(ctx, t, of.alice, nil, waitFor(id, 2))
		carol.requireSearched(ctx, t, of.alice, nil, nil)
		bob.requireSearched(ctx, t, of.bob, nil, waitFor(id, 1))
	}
	t.Run("each_tenant_has_its_own", each)
	g.Restart()
	t.Run("each_tenant_has_its_own_after_a_kill", each)
}
