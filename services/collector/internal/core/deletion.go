package core

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/query"
	"github.com/sluice-ingest/sluice/libs/storage"
)

// Deleter deletes samples for good. Safe for concurrent use.
type Deleter interface {
	// Delete journals an encoded PointDeletion, waits until it is applied, and
	// returns how many samples it deleted.
	Delete(ctx context.Context, tenant string, deletion []byte) (int64, error)
}

// Deletions take deletions in. Safe for concurrent use.
type Deletions struct {
	deleter Deleter
}

// NewDeletions returns the deletions that go to deleter.
func NewDeletions(deleter Deleter) *Deletions { return &Deletions{deleter: deleter} }

// Delete deletes samples of the principal's tenant and granted sources, and
// returns their number, once that is durable and queries see it. The grants are
// written into the deletion. When ctx ends first, the samples may be deleted all
// the same; a deletion may be repeated.
func (d *Deletions) Delete(ctx context.Context, owner principal.Principal, deletion *collectorv1.PointDeletion) (int64, error) {
	if err := checkDeletion(deletion); err != nil {
		return 0, err
	}
	deletion.Sources = owner.Grants.Sources
	encoded, err := proto.Marshal(deletion)
	if err != nil {
		return 0, storage.QueryFailure(ctx, fmt.Errorf("encode the deletion: %w", err))
	}
	count, err := d.deleter.Delete(ctx, owner.Tenant, encoded)
	return count, storage.QueryFailure(ctx, err)
}

func checkDeletion(deletion *collectorv1.PointDeletion) error {
	if len(deletion.GetMatchers()) == 0 {
		return problem.InField(problem.FieldInvalid, "matchers",
			"is empty; to delete from all series, match the source by the regular expression .*")
	}
	if _, err := ParseMatchers(deletion.GetMatchers()); err != nil {
		return err
	}
	return query.CheckSpan("end_time", deletion.GetStartTime(), deletion.GetEndTime())
}
