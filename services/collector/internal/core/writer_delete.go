package core

import (
	"context"
	"fmt"
	"math"

	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/record"
)

// Deletion implements [apply.Target].
func (w *Writer) Deletion(h *record.Header, encoded []byte) (apply.Change, error) {
	var deletion collectorv1.PointDeletion
	if err := proto.Unmarshal(encoded, &deletion); err != nil {
		return nil, fmt.Errorf("deletion: %w", err)
	}
	matchers, err := ParseMatchers(deletion.GetMatchers())
	if err != nil {
		return nil, fmt.Errorf("deletion: %w", err)
	}
	return w.deletion(h.Tenant, Confine(matchers, deletion.GetSources()), deletion.GetStartTime(), deletion.GetEndTime()), nil
}

// Tenants returns those that have series.
func (w *Writer) Tenants(context.Context) ([]string, error) { return w.index.Tenants(), nil }

// Expiry deletes the tenant's samples with timestamps before the given one, in
// Unix nanoseconds.
func (w *Writer) Expiry(tenant string, before int64) apply.Change {
	return w.deletion(tenant, nil, math.MinInt64, before)
}

// deletion deletes the samples of some series from start to before end. The index
// forgets the series that the store has forgotten; until it is known which those
// are, the index has series that the store may lack.
func (w *Writer) deletion(tenant string, matchers []Matcher, start, end int64) apply.Change {
	return func(ctx context.Context, position journal.Position) (int64, error) {
		deleted, err := w.store.Delete(ctx, w.index.Select(tenant, matchers), start, end, position)
		if err != nil {
			return 0, fmt.Errorf("delete points: %w", err)
		}
		w.index.Remove(deleted.Emptied)
		return deleted.Samples, nil
	}
}
