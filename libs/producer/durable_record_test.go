package producer_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/producer"
)

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A long stream that nobody watches holds nothing of what is durable.
func TestMemoryDoesNotGrowWithAnUnwatchedStream(t *testing.T) {
	f := newFixture()
	p := f.acquire(t)
	f.begin(t, p, 1)
	before := heap()
	for range 200_000 {
		f.append(t, p, producer.Count{Items: 1})
		f.log.sync()
	}
	after := heap()
	require.Less(t, int64(after)-int64(before), int64(1<<20))
	runtime.KeepAlive(p)
}

// As above, where somebody watches and a frame is always under way.
func TestMemoryDoesNotGrowWithABusyStream(t *testing.T) {
	f := newFixture()
	p := f.acquire(t)
	f.begin(t, p, 1)
	before := heap()
	f.append(t, p)
	for range 200_000 {
		f.log.sync()
		f.append(t, p)
		p.Position()
	}
	after := heap()
	require.Less(t, int64(after)-int64(before), int64(1<<20))
	runtime.KeepAlive(p)
}

// The client vanishes while the record of its receipt is being synced.
func TestAReceiptThatBecameDurableIsKnown(t *testing.T) {
	f := newFixture()
	p := f.acquire(t)
	f.begin(t, p, 1)
	f.append(t, p, producer.Count{Items: 1})
	f.log.sync()
	ctx, cancel := context.WithCancel(t.Context())
	receipt := &producer.Receipt{Sequence: 1, Time: time.Now(), Answer: []byte("answer")}
	err := p.KeepReceipt(ctx, receipt, func() (journal.Position, error) {
		defer cancel()
		return f.log.write()
	})
	require.ErrorIs(t, err, context.Canceled)
	f.log.sync()
	require.NotNil(t, p.Snapshot().Receipt, "the journal has it")
}

// The client vanishes while the record of its epoch is being synced.
func TestAnEpochThatBecameDurableFences(t *testing.T) {
	f := newFixture()
	p := f.acquire(t)
	f.begin(t, p, 1)
	ctx, cancel := context.WithCancel(t.Context())
	err := p.Begin(ctx, 2, func() (journal.Position, error) {
		defer cancel()
		return f.log.write()
	})
	require.ErrorIs(t, err, context.Canceled)
	f.log.sync()
	require.Equal(t, problem.Fenced, problem.ReasonOf(p.CheckEpoch(1)), "the journal has epoch 2")
}

// Neither stays when the journal loses it.
func TestARollbackTakesEpochsAndReceiptsBack(t *testing.T) {
	tests := map[string]func(*producer.Producer, context.Context, func() (journal.Position, error)) error{
		"epoch": func(p *producer.Producer, ctx context.Context, write func() (journal.Position, error)) error {
			return p.Begin(ctx, 2, write)
		},
		"receipt": func(p *producer.Producer, ctx context.Context, write func() (journal.Position, error)) error {
			return p.KeepReceipt(ctx, &producer.Receipt{Sequence: 1, Answer: []byte("a")}, write)
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFixture()
			p := f.acquire(t)
			f.begin(t, p, 1)
			f.append(t, p, producer.Count{Items: 1})
			f.log.sync()
			before := p.Snapshot()
			ctx, cancel := context.WithCancel(t.Context())
			require.ErrorIs(t, change(p, ctx, func() (journal.Position, error) {
				defer cancel()
				return f.log.write()
			}), context.Canceled)
			f.Rollback(f.log.fail(), errLost)
			require.Equal(t, before, p.Snapshot())
			require.NoError(t, p.CheckEpoch(1))
			require.Equal(t, int64(1), p.Position().Durable)
		})
	}
}
