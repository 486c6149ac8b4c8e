package core

import (
	"bytes"
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/libs/record"
	"github.com/sluice-ingest/sluice/services/logagg/internal/frame"
)

// Writer is what the journal is applied to: it gathers entries in batches for
// the store, and hands them to those who follow. It implements [apply.Target].
type Writer struct {
	store Store
	tails *Tails
	// lastID is the ID of the last entry added.
	lastID int64

	rows     []Row
	accepted frame.Accepted
	counts   frame.Counts
}

// NewWriter returns a writer to the store, whose last entry has the given ID.
func NewWriter(store Store, lastID int64, tails *Tails) *Writer {
	return &Writer{store: store, tails: tails, lastID: lastID}
}

// Read implements [apply.FrameReader].
func (w *Writer) Read(data []byte) (apply.Frame, error) {
	if err := w.counts.DecodeCounts(data); err != nil {
		return apply.Frame{}, err
	}
	return apply.Frame{Sequence: w.counts.Sequence, Counts: outcomes(&w.counts)}, nil
}

// Add implements [apply.Target].
func (w *Writer) Add(h *record.Header, data []byte, end journal.Position) (apply.Frame, error) {
	// The rows refer to it.
	owned := bytes.Clone(data)
	if err := w.accepted.Decode(owned); err != nil {
		return apply.Frame{}, err
	}
	for i := range w.accepted.Entries {
		w.lastID++
		row := Row{Entry: w.accepted.Entries[i], Tenant: h.Tenant}
		row.ID = w.lastID
		w.rows = append(w.rows, row)
	}
	w.tails.publish(w.rows[len(w.rows)-len(w.accepted.Entries):], end)
	return apply.Frame{Sequence: w.accepted.Sequence, Counts: outcomes(&w.accepted.Counts)}, nil
}

// Len implements [apply.Target].
func (w *Writer) Len() int { return len(w.rows) }

// Apply implements [apply.Target].
func (w *Writer) Apply(
	ctx context.Context, upTo journal.Position, producers []producer.State, arrived []quota.Arrived,
) error {
	return w.store.Apply(ctx, &Batch{Position: upTo, Rows: w.rows, Producers: producers, Arrived: arrived})
}

// Reset implements [apply.Target].
func (w *Writer) Reset() {
	clear(w.rows)
	w.rows = w.rows[:0]
}

// Deletion implements [apply.Target].
func (w *Writer) Deletion(h *record.Header, data []byte) (apply.Change, error) {
	var deletion logaggv1.LogDeletion
	if err := proto.Unmarshal(data, &deletion); err != nil {
		return nil, fmt.Errorf("deletion: %w", err)
	}
	filter, err := ParseFilter(deletion.GetFilter(), deletion.GetApplications())
	if err != nil {
		return nil, fmt.Errorf("deletion: %w", err)
	}
	tenant := h.Tenant
	return func(ctx context.Context, position journal.Position) (int64, error) {
		deleted, err := w.store.Delete(ctx, tenant, &filter, position)
		if err != nil {
			return 0, fmt.Errorf("delete entries: %w", err)
		}
		return deleted, nil
	}, nil
}

// Tenants returns those that have entries.
func (w *Writer) Tenants(ctx context.Context) ([]string, error) { return w.store.Tenants(ctx) }

// Expiry returns the change that deletes the tenant's entries from before a time
// in Unix nanoseconds.
func (w *Writer) Expiry(tenant string, before int64) apply.Change {
	return func(ctx context.Context, _ journal.Position) (int64, error) {
		expired, err := w.store.Expire(ctx, tenant, before)
		if err != nil {
			return 0, fmt.Errorf("delete entries that are kept no longer: %w", err)
		}
		return expired, nil
	}
}
