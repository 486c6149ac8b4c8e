package core

import (
	"context"
	"encoding/binary"
	"iter"
	"time"

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

// madeBefore yields those of ids that were made before start. They begin with a
// UUID of version 7, so that they are in the order of their making, within one
// process whatever its clock does.
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

// idLength is that of the UUID that every identifier begins with.
const idLength = 36

func isBefore(id string, start uuid.UUID) bool {
	if len(id) < idLength {
		return false
	}
	parsed, err := uuid.Parse(id[:idLength])
	return err == nil && parsed.Version() == 7 && id[:idLength] < start.String()
}

// firstAt is before every identifier that is made at a moment or later.
func firstAt(moment time.Time) uuid.UUID {
	var id uuid.UUID
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(moment.UnixMilli()))
	copy(id[:6], ms[2:])
	id[6], id[8] = 0x70, 0x80 // Version 7, variant of RFC 9562.
	return id
}

// EachUnwanted calls do for each of ids that unwanted returns, which is a method
// such as [Catalog.UnwantedBlobs]. With a grace it leaves out those that were made
// less than that ago.
func EachUnwanted(
	ctx context.Context, ids iter.Seq2[string, error], grace time.Duration,
	unwanted func(ctx context.Context, ids []string) ([]string, error), do func(id string),
) error {
	if grace > 0 {
		ids = madeBefore(firstAt(time.Now().Add(-grace)), ids)
	}
	return inBatches(ids, func(batch []string) error {
		found, err := unwanted(ctx, batch)
		for _, id := range found {
			do(id)
		}
		return err
	})
}
