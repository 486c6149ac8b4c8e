package journaled

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/config"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/libs/record"
	"github.com/sluice-ingest/sluice/libs/retention"
)

var errDisk = errors.New("the disk failed")

var agent = producer.Key{Tenant: "acme", Subject: "agent", ProducerID: "p"}

// memory is a store that stays over restarts.
type memory struct {
	mu                    sync.Mutex
	rows                  int64
	position              journal.Position
	arrived               quota.Tally
	forgotten             []time.Time
	checkpoints, closures int
	err                   error
}

// do runs something unless the store fails.
func (m *memory) do(run func()) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err == nil {
		run()
	}
	return m.err
}

func (m *memory) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = err
}

func (m *memory) Position(context.Context) (p journal.Position, err error) {
	err = m.do(func() { p = m.position })
	return p, err
}

func (m *memory) Producer(context.Context, producer.Key) (*producer.State, error) { return nil, nil }

func (m *memory) ForgetProducers(_ context.Context, idleSince, receiptsBefore time.Time) (int, error) {
	err := m.do(func() { m.forgotten = append(m.forgotten, idleSince, receiptsBefore) })
	return 3, err
}

func (m *memory) Arrived(_ context.Context, since quota.Day) (arrived []quota.Arrived, err error) {
	err = m.do(func() {
		for _, a := range m.arrived.All() {
			if a.Day >= since {
				arrived = append(arrived, a)
			}
		}
	})
	return arrived, err
}

func (m *memory) Checkpoint(context.Context) error { return m.do(func() { m.checkpoints++ }) }

func (m *memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closures++
	return nil
}

// target applies frames of one byte, their sequence, as rows.
type target struct {
	store *memory
	rows  int
	// expired are the moments before which was to be deleted.
	expired []int64
}

func (t *target) Read(frame []byte) (apply.Frame, error) {
	return apply.Frame{Sequence: int64(frame[0]), Counts: []producer.Count{{Items: 1}}}, nil
}

func (t *target) Add(_ *record.Header, frame []byte, _ journal.Position) (apply.Frame, error) {
	t.rows++
	return t.Read(frame)
}

func (t *target) Len() int { return t.rows }

func (t *target) Apply(_ context.Context, upTo journal.Position, _ []producer.State, arrived []quota.Arrived) error {
	return t.store.do(func() {
		for _, a := range arrived {
			t.store.arrived.Add(a.Tenant, a.Day, a.Items)
		}
		t.store.rows += int64(t.rows)
		t.store.position = upTo
	})
}

func (t *target) Reset() { t.rows = 0 }

func (t *target) Deletion(*record.Header, []byte) (apply.Change, error) { return nil, errDisk }

func (t *target) Tenants(context.Context) ([]string, error) { return []string{"acme"}, nil }

func (t *target) Expiry(_ string, before int64) apply.Change {
	return func(context.Context, journal.Position) (int64, error) {
		err := t.store.do(func() { t.expired = append(t.expired, before) })
		return 7, err
	}
}

// fixture is a service on a memory.
type fixture struct {
	folder  Folder
	store   *memory
	target  *target
	work    Work
	metrics *prometheus.Registry
	told    *observer.ObservedLogs

	data    *Data[*memory]
	service *Service
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	core, told := observer.New(zap.InfoLevel)
	f := &fixture{store: &memory{}, told: told, metrics: prometheus.NewRegistry()}
	f.folder = Folder{
		Dir: t.TempDir(), StoreFile: "points.duckdb", Items: "points", Log: zap.New(core), Quota: newQuota(),
		Journal: JournalConfig{MaxSize: 32 * config.MiB, SegmentSize: minSegmentSize},
	}
	f.work = Work{
		Service: "collector", Rows: "samples", Metrics: f.metrics, Batch: Batch{Rows: 100, Interval: time.Hour},
		Upkeep: Upkeep{Interval: time.Hour, ProducerExpiry: MinProducerExpiry, Retention: retention.Retention{Default: time.Hour}},
	}
	return f
}

// newQuota limits nobody.
func newQuota() *quota.Daily {
	return quota.NewDaily(quota.DailyConfig{Quota: "points_per_day", Items: "points", Refused: func() {}, Now: time.Now})
}

// open opens the folder and prepares the service, as a process that begins does.
func (f *fixture) open(t *testing.T) {
	t.Helper()
	data, err := f.tryOpen(t)
	require.NoError(t, err)
	f.data, f.target = data, &target{store: f.store}
	f.service, err = data.Prepare(t.Context(), f.target, f.work)
	require.NoError(t, err)
}

func (f *fixture) tryOpen(t *testing.T) (*Data[*memory], error) {
	t.Helper()
	f.folder.Quota = newQuota()
	return Open(t.Context(), f.folder, func(context.Context, string, StoreKey) (*memory, error) { return f.store, nil })
}

// bring makes a frame of the producer durable.
func (f *fixture) bring(t *testing.T) *producer.Producer {
	t.Helper()
	p, err := f.data.Producers.Acquire(t.Context(), agent)
	require.NoError(t, err)
	p.BeginUnrecorded()
	sequence := byte(p.Position().Received + 1)
	now := time.Now()
	err = p.Append(now, []producer.Count{{Items: 1}}, func() (journal.Position, error) {
		header := record.Header{Time: now.UnixNano(), Tenant: agent.Tenant, Subject: agent.Subject, ProducerID: agent.ProducerID}
		return f.data.Journal.Append(t.Context(), record.Append(nil, &header, record.Frame, []byte{sequence}))
	})
	require.NoError(t, err)
	require.NoError(t, p.Settle(t.Context()))
	return p
}

// messages are what the log was told, but for what every start tells of the
// encryption.
func (f *fixture) messages() []string {
	var messages []string
	for _, entry := range f.told.All() {
		if !strings.Contains(entry.Message, "at rest") {
			messages = append(messages, entry.Message)
		}
	}
	return messages
}
