package apply_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/libs/record"
)

var errDisk = errors.New("the disk failed")

// letters is an accepted frame of the tests: rows of one letter each.
type letters struct {
	Sequence int64    `json:"sequence"`
	Rows     []string `json:"rows"`
}

func encode(t require.TestingT, v any) []byte {
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return data
}

// disk is what a store keeps over restarts. It fails as a test says.
type disk struct {
	mu        sync.Mutex
	rows      []string
	position  journal.Position
	producers map[producer.Key]producer.State
	arrived   quota.Tally
	// open is what failed last, and has to come again before anything else.
	open string
	// broken tells what came instead.
	broken []string

	// failing changes fail, vague ones fail after they were committed, and
	// forgetful reads of producers fail.
	failing, vague, forgetful atomic.Int64
	// dead is the disk of a process that was killed.
	dead atomic.Bool
	// mends tells that the disk works again once the applier tries for the last
	// time.
	mends atomic.Bool
}

func newDisk() *disk { return &disk{producers: map[producer.Key]producer.State{}} }

// commit does a change that is what its name says.
func (d *disk) commit(ctx context.Context, name string, change func()) error {
	if _, last := ctx.Deadline(); last && d.mends.Load() {
		d.failing.Store(0)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open != "" && d.open != name {
		d.broken = append(d.broken, fmt.Sprintf("%q came while it was open what became of %q", name, d.open))
	}
	d.open = name
	if d.dead.Load() || d.failing.Add(-1) >= 0 {
		return errDisk
	}
	change()
	if d.vague.Add(-1) >= 0 {
		return errDisk
	}
	d.open = ""
	return nil
}

func (d *disk) remove(ctx context.Context, rows string, position journal.Position) (removed int64, err error) {
	err = d.commit(ctx, fmt.Sprintf("remove %s at %d", rows, position), func() {
		before := len(d.rows)
		d.rows = slices.DeleteFunc(d.rows, func(row string) bool { return row == rows })
		removed, d.position = int64(before-len(d.rows)), position
	})
	return removed, err
}

func (d *disk) content() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.rows)
}

func (d *disk) at() journal.Position {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.position
}

func (d *disk) arrivals() []quota.Arrived {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.arrived.All()
}

func (d *disk) arrivedOf(tenant string, day quota.Day) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.arrived.Of(tenant, day)
}

// producer is a [producer.Load].
func (d *disk) producer(_ context.Context, key producer.Key) (*producer.State, error) {
	if d.forgetful.Add(-1) >= 0 {
		return nil, errDisk
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if state, ok := d.producers[key]; ok {
		return &state, nil
	}
	return nil, nil
}

// target applies letters to a disk.
type target struct {
	disk  *disk
	batch []string
	given bool
}

func (t *target) Read(frame []byte) (apply.Frame, error) {
	var f letters
	if err := json.Unmarshal(frame, &f); err != nil {
		return apply.Frame{}, err
	}
	return apply.Frame{Sequence: f.Sequence, Counts: []producer.Count{{Items: int64(len(f.Rows))}}}, nil
}

func (t *target) Add(_ *record.Header, frame []byte, _ journal.Position) (apply.Frame, error) {
	if t.given {
		t.disk.broken = append(t.disk.broken, "a frame was added to a batch that the store may have")
	}
	var f letters
	if err := json.Unmarshal(frame, &f); err != nil {
		return apply.Frame{}, err
	}
	t.batch = append(t.batch, f.Rows...)
	return t.Read(frame)
}

func (t *target) Len() int { return len(t.batch) }

func (t *target) Apply(ctx context.Context, upTo journal.Position, producers []producer.State, arrived []quota.Arrived) error {
	t.given = true
	return t.disk.commit(ctx, fmt.Sprintf("apply %v up to %d", t.batch, upTo), func() {
		if upTo <= t.disk.position {
			return // It was committed by the attempt before.
		}
		t.disk.rows = append(t.disk.rows, t.batch...)
		t.disk.position = upTo
		for _, a := range arrived {
			t.disk.arrived.Add(a.Tenant, a.Day, a.Items)
		}
		for _, state := range producers {
			t.disk.producers[state.Key] = state
		}
	})
}

func (t *target) Reset() { t.batch, t.given = nil, false }

// Deletion removes the rows of one letter.
func (t *target) Deletion(_ *record.Header, deletion []byte) (apply.Change, error) {
	var rows string
	if err := json.Unmarshal(deletion, &rows); err != nil {
		return nil, err
	}
	return t.removal(rows), nil
}

func (t *target) removal(rows string) apply.Change {
	return func(ctx context.Context, position journal.Position) (int64, error) {
		return t.disk.remove(ctx, rows, position)
	}
}
