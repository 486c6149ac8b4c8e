package apply

import (
	"context"
	"sync"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/record"
)

// Delete journals a deletion, which is an encoded message, and returns the
// number of deleted rows once queries don't see them any more. It fails with an
// error of the journal or the cause of ctx. When it fails after the deletion
// became durable, the deletion takes place all the same.
func (a *Applier) Delete(ctx context.Context, tenant string, deletion []byte) (int64, error) {
	header := record.Header{Time: a.config.Now().UnixNano(), Tenant: tenant}
	end, deleted, err := a.deletions.journal(ctx, a.journal, record.Append(nil, &header, record.Deletion, deletion))
	if err != nil {
		return 0, err
	}
	defer a.deletions.forget(end)
	if err := a.journal.Wait(ctx, end); err != nil {
		return 0, err
	}
	defer a.hurry()()
	select {
	case rows := <-deleted:
		return rows, nil
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

// deletions are the callers that wait for one.
type deletions struct {
	mu sync.Mutex
	// byEnd is by the end of the deletion's record; guarded by mu.
	byEnd map[journal.Position]chan<- int64
}

func newDeletions() deletions { return deletions{byEnd: map[journal.Position]chan<- int64{}} }

// journal appends the record of a deletion, and notes who waits for it before
// the applier can meet it.
func (d *deletions) journal(ctx context.Context, j Journal, encoded []byte) (journal.Position, <-chan int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	end, err := j.Append(ctx, encoded)
	if err != nil {
		return 0, nil, err
	}
	deleted := make(chan int64, 1)
	d.byEnd[end] = deleted
	return end, deleted, nil
}

func (d *deletions) forget(end journal.Position) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.byEnd, end)
}

// tell tells who waits, if somebody does, how many rows a deletion deleted.
func (d *deletions) tell(end journal.Position, rows int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if waiting := d.byEnd[end]; waiting != nil {
		waiting <- rows
	}
}
