package apply_test

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/libs/record"
)

var agent = producer.Key{Tenant: "acme", Subject: "agent", ProducerID: "p"}

// rig is an applier between a journal in a folder and a disk.
type rig struct {
	disk      *disk
	target    *target
	journal   *journal.Journal
	producers *producer.Producers
	producer  *producer.Producer
	applier   *apply.Applier
	epoch     int64
	// quota counts what arrived.
	quota *quota.Daily
	// applied is the number of rows of each batch.
	applied batches
	// onApplied is called after each batch.
	onApplied func()
	failures  atomic.Int64
	damages   atomic.Int64

	stop  context.CancelFunc
	ended chan error
}

type batches struct {
	mu   sync.Mutex
	rows []int
}

func (b *batches) add(rows int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rows = append(b.rows, rows)
}

func (b *batches) all() []int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rows
}

// patient has large batches that wait for long.
func patient() apply.Config {
	return apply.Config{
		BatchRows: 1000, Interval: time.Minute, RetryInterval: time.Millisecond, FinishTimeout: time.Minute, Now: time.Now,
	}
}

// open opens the folder as a service does. Its applier does not run yet.
func open(t require.TestingT, dir string, d *disk, config apply.Config) *rig {
	r := &rig{disk: d, target: &target{disk: d}, ended: make(chan error, 1), stop: func() {}, onApplied: func() {}}
	close(r.ended)
	var err error
	r.journal, _, err = journal.Open(filepath.Join(dir, "journal"), journal.Options{Applied: d.at(), MinFreeBytes: -1})
	require.NoError(t, err)
	r.producers = producer.New(r.journal, d.producer, d.at())
	r.quota = quota.NewDaily(quota.DailyConfig{Quota: "rows_per_day", Items: "rows", Refused: func() {}, Now: time.Now})
	r.quota.Restore(d.arrivals()...)
	r.producers.CountWith(r.quota)
	require.NoError(t, apply.Recover(context.Background(), r.journal, d.at(), r.producers, r.target))
	r.producer, err = r.producers.Acquire(context.Background(), agent)
	require.NoError(t, err)
	r.producer.BeginUnrecorded()
	config.Observe = apply.Observer{
		Applied: func(rows int, _ time.Duration) {
			r.applied.add(rows)
			r.onApplied()
		},
		Failed:  func(error) { r.failures.Add(1) },
		Damaged: func(error) { r.damages.Add(1) },
	}
	r.applier = apply.New(config, r.journal, r.target, r.producers, d.at())
	return r
}

// run runs the applier.
func (r *rig) run() *rig {
	ctx, stop := context.WithCancel(context.Background())
	r.stop, r.ended = stop, make(chan error, 1)
	go func() {
		defer close(r.ended)
		r.ended <- r.applier.Run(ctx)
	}()
	return r
}

// openRig opens a folder and runs the applier.
func openRig(t require.TestingT, dir string, d *disk) *rig { return open(t, dir, d, patient()).run() }

// close ends the applier, which leaves to the journal what a failing disk does
// not take.
func (r *rig) close(t require.TestingT) {
	r.stop()
	if err := <-r.ended; err != nil {
		require.ErrorIs(t, err, errDisk)
	}
	r.producers.Release(r.producer)
	require.NoError(t, r.journal.Close())
	require.Empty(t, r.disk.broken)
}

// append appends the producer's next frame and returns its sequence.
func (r *rig) append(t require.TestingT, rows ...string) int64 {
	sequence := r.producer.Position().Received + 1
	entry := encode(t, letters{Sequence: sequence, Rows: rows})
	err := r.producer.Append(time.Unix(0, recordTime), []producer.Count{{Items: int64(len(rows))}}, r.write(record.Frame, entry))
	require.NoError(t, err)
	return sequence
}

func (r *rig) write(kind record.Kind, entry []byte) func() (journal.Position, error) {
	return func() (journal.Position, error) {
		header := record.Header{
			Time: recordTime, Tenant: agent.Tenant, Subject: agent.Subject, ProducerID: agent.ProducerID, Epoch: r.epoch,
		}
		return r.journal.Append(context.Background(), record.Append(nil, &header, kind, entry))
	}
}

// recordTime is when all records are written, in Unix nanoseconds.
const recordTime = 1

// requireArrived checks that so many rows have arrived by the quota, and by the
// disk, which has everything.
func (r *rig) requireArrived(t require.TestingT, rows int64) {
	day := quota.DayOf(time.Unix(0, recordTime))
	require.Equal(t, rows, r.quota.Used(agent.Tenant, day), "by the quota")
	require.Equal(t, rows, r.disk.arrivedOf(agent.Tenant, day), "by the disk")
}

// settle waits until what was appended is durable.
func (r *rig) settle(t require.TestingT) {
	require.NoError(t, r.producer.Settle(context.Background()))
}

func (r *rig) delete(t require.TestingT, rows string) int64 {
	deleted, err := r.applier.Delete(context.Background(), agent.Tenant, encode(t, rows))
	require.NoError(t, err)
	return deleted
}

// flush returns what the disk holds once it has everything.
func (r *rig) flush(t require.TestingT) []string {
	r.settle(t)
	require.NoError(t, r.applier.Flush(context.Background()))
	return r.disk.content()
}
