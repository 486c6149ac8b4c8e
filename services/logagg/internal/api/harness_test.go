package api_test

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/ingest/frames"
	"github.com/sluice-ingest/sluice/libs/ingest/frames/framestest"
	"github.com/sluice-ingest/sluice/libs/interceptor"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/testkit/rpctest"
	"github.com/sluice-ingest/sluice/libs/wire"
	"github.com/sluice-ingest/sluice/services/logagg/internal/api"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline"
	store "github.com/sluice-ingest/sluice/services/logagg/internal/store/duckdb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
	logs       logaggv1.LogAggregationServiceClient
	streams    *ingest.Registry
	journal    *journal.Journal
	store      *store.Store
	tails      *core.Tails
	applier    *apply.Applier
	metrics    *prometheus.Registry
	rules      rules
}

// rules are those in use, which a test may change.
type rules struct {
	current atomic.Pointer[pipeline.Pipeline]
}

// Current implements core.Pipelines.
func (r *rules) Current() *pipeline.Pipeline { return r.current.Load() }

func (r *rules) use(t testing.TB, source string) {
	t.Helper()
	compiled, err := pipeline.Compile([]byte(source))
	require.NoError(t, err)
	r.current.Store(compiled)
}

func newHarness(t testing.TB) *harness {
	t.Helper()
	return openHarness(t, t.TempDir())
}

// openHarness serves what is in dir until the test ends.
func openHarness(t testing.TB, dir string) *harness {
	t.Helper()
	h := &harness{streams: ingest.NewRegistry(nil), metrics: prometheus.NewRegistry(), gate: framestest.NewGate()}
	h.rules.current.Store(pipeline.Default())
	h.openData(t, dir)
	intake := frames.NewIntake(h.journal, h.apply(t), h.gate.Now)
	server := grpc.NewServer(interceptor.ServerOptions(interceptor.Chain(interceptor.Deps{
		Service: "logagg", Logger: rpctest.Logger(t), Registerer: h.metrics, Authenticator: byGrants{},
		Codec: wire.NewCodec(), MaxMessageBytes: messageLimit + 64<<10,
	}))...)
	limits := core.DefaultLimits()
	limits.FrameItems = frameItems
	logaggv1.RegisterLogAggregationServiceServer(server, api.New(api.Deps{
		Aggregator: core.NewAggregator(intake, &h.rules, limits),
		Queries:    core.NewQueries(h.store, h.applier), Tails: h.tails, Applier: h.applier,
		Intake: intake, Streams: h.streams, Registerer: h.metrics, MessageBytes: messageLimit, FrameItems: frameItems,
		NewWork: h.gate.NewWork,
	}))
	h.connection = rpctest.Serve(t, server)
	h.logs = logaggv1.NewLogAggregationServiceClient(h.connection)
	return h
}

// openData opens the store and the journal.
func (h *harness) openData(t testing.TB, dir string) {
	t.Helper()
	var err error
	h.store, err = store.Open(t.Context(), filepath.Join(dir, "logs.duckdb"), duckdb.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.store.Close()) })
	applied, err := h.store.Position(t.Context())
	require.NoError(t, err)
	h.journal, _, err = journal.Open(filepath.Join(dir, "journal"), journal.Options{Applied: applied, MinFreeBytes: -1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.journal.Close()) })
	h.tails = core.NewTails(h.journal.Durable)
}

// apply runs the applier between journal and store.
func (h *harness) apply(t testing.TB) *producer.Producers {
	t.Helper()
	applied, err := h.store.Position(t.Context())
	require.NoError(t, err)
	last, err := h.store.LastEntryID(t.Context())
	require.NoError(t, err)
	producers := producer.New(h.journal, h.store.Producer, applied)
	h.restoreQuota(t)
	producers.CountWith(h.gate.Quota)
	writer := core.NewWriter(h.store, last, h.tails)
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
