package core

import (
	"iter"

	"github.com/google/uuid"
)

// inBatches hands on what ids yields, so many at a time. The batch is the
// caller's again when do returns.
func inBatches(ids iter.Seq2[string, error], do func(ids []string) error) error {
	batch := make([]string, 0, sweepBatch)
	for id, err := range ids {
		if err != nil {
			return err
		}
		if batch = append(batch, id); len(batch) < sweepBatch {
			continue
		}
		if err := do(batch); err != nil {
			return err
		}
		batch = batch[:0]
	}
	if len(batch) == 0 {
		return nil
	}
	return do(batch)
}

// madeBefore yields those of ids that were made before start. Identifiers are
// in the order of their making, within one process whatever its clock does.
func madeBefore(start uuid.UUID, ids iter.Seq2[string, error]) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for id, err := range ids {
			if err == nil && !isBefore(id, start) {
				continue
			}
			if !yield(id, err) {
				return
			}
		}
	}
}

func isBefore(id string, start uuid.UUID) bool {
	parsed, err := uuid.Parse(id)
	return err == nil && parsed.Version() == 7 && id < start.String()
}
