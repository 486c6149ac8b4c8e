package api_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/compression"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/ingest/frames"
	"github.com/sluice-ingest/sluice/libs/ingest/frames/framestest"
	"github.com/sluice-ingest/sluice/libs/interceptor"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/testkit/rpctest"
	"github.com/sluice-ingest/sluice/libs/wire"
	"github.com/sluice-ingest/sluice/services/collector/internal/api"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
	"github.com/sluice-ingest/sluice/services/collector/internal/store/duckdb"
)

func TestMain(m *testing.M) {
	compression.Register()
	goleak.VerifyTestMain(m)
}

// The limits of the services under test.
const (
	messageLimit = 1 << 20
	frameItems   = 10_000
)

// harness is a service with a real journal and a real store behind the whole
// chain.
type harness struct {
	gate       *framestest.Gate
	connection *grpc.ClientConn
	points     collectorv1.DataCollectionServiceClient
	admin      streamv1.StreamServiceClient
	streams    *ingest.Registry
	journal    *journal.Journal
	store      *duckdb.Store
	index      *core.Index
	applier    *apply.Applier
	metrics    *prometheus.Registry
}

func newHarness(t testing.TB) *harness {
	t.Helper()
	return openHarness(t, t.TempDir(), nil)
}

// openHarness serves what is in dir until the test ends. Queries go to what
// queried makes of the store, unless it is nil.
func openHarness(t testing.TB, dir string, queried func(core.Store) core.Store) *harness {
	t.Helper()
	h := &harness{streams: ingest.NewRegistry(nil), gate: framestest.NewGate()}
	producers := h.openData(t, dir)
	metrics := prometheus.NewRegistry()
	h.metrics = metrics
	server := grpc.NewServer(interceptor.ServerOptions(interceptor.Chain(interceptor.Deps{
		Service: "collector", Logger: rpctest.Logger(t), Registerer: metrics, Authenticator: byGrants{},
		Codec: wire.NewCodec(), MaxMessageBytes: messageLimit + 64<<10,
	}))...)
	limits := core.DefaultLimits()
	limits.FrameItems = frameItems
	var store core.Store = h.store
	if queried != nil {
		store = queried(store)
	}
	intake := frames.NewIntake(h.journal, producers, h.gate.Now)
	collectorv1.RegisterDataCollectionServiceServer(server, api.New(api.Deps{
		Collector: core.NewCollector(intake, h.index, limits), Intake: intake,
		Queries: core.NewQueries(store, h.index, h.applier), Deletions: core.NewDeletions(h.applier),
		Streams: h.streams, Registerer: metrics, MessageBytes: messageLimit, FrameItems: frameItems,
		NewWork: h.gate.NewWork,
	}))
	streamv1.RegisterStreamServiceServer(server, ingest.NewStreamService(h.streams))
	h.connection = rpctest.Serve(t, server)
	h.points = collectorv1.NewDataCollectionServiceClient(h.connection)
	h.admin = streamv1.NewStreamServiceClient(h.connection)
	return h
}

// openData opens the store and the journal and runs the applier between them.
func (h *harness) openData(t testing.TB, dir string) *producer.Producers {
	t.Helper()
	var err error
	h.store, err = duckdb.Open(t.Context(), filepath.Join(dir, "points.duckdb"), duckdb.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.store.Close()) })
	applied, err := h.store.Position(t.Context())
	require.NoError(t, err)
	h.journal, _, err = journal.Open(filepath.Join(dir, "journal"), journal.Options{Applied: applied, MinFreeBytes: -1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.journal.Close()) })
	h.index, err = core.LoadIndex(t.Context(), h.store)
	require.NoError(t, err)
	producers := producer.New(h.journal, h.store.Producer, applied)
	h.restoreQuota(t)
	producers.CountWith(h.gate.Quota)
	writer := core.NewWriter(h.store, h.index)
	require.NoError(t, apply.Recover(t.Context(), h.journal, applied, producers, writer))
	h.applier = apply.New(applierConfig(t), h.journal, writer, producers, applied)
	h.runApplier(t)
	return producers
}

// restoreQuota counts what the store has.
func (h *harness) restoreQuota(t testing.TB) {
	t.Helper()
	arrived, err := h.store.Arrived(t.Context(), 0)
	require.NoError(t, err)
	h.gate.Quota.Restore(arrived...)
}

func applierConfig(t testing.TB) apply.Config {
	t.Helper()
	return apply.Config{
		BatchRows: 100_000, Interval: 200 * time.Millisecond, RetryInterval: time.Second, FinishTimeout: time.Minute, Now: time.Now,
		Observe: apply.Observer{
			Applied: func(int, time.Duration) {},
			Failed:  func(err error) { t.Errorf("the applier failed: %v", err) },
			Damaged: func(err error) { t.Errorf("the journal is damaged: %v", err) },
		},
	}
}

func (h *harness) runApplier(t testing.TB) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- h.applier.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
}
