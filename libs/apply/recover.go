package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/record"
)

// Recover brings the producers from a position, which is the store's, to where
// the journal ends. It is called before anything is appended. Damage is left to
// the applier to tell.
func Recover(
	ctx context.Context, j Journal, position journal.Position, producers *producer.Producers, frames FrameReader,
) error {
	records := reader{journal: j, position: position}
	defer records.close()
	var decoded record.Record
	for {
		next, ok, err := records.next()
		if _, damaged := errors.AsType[*journal.DamageError](err); damaged {
			continue
		}
		if err != nil || !ok {
			return err
		}
		if err := decoded.Decode(next.Data); err != nil {
			return fmt.Errorf("journal record at %d: %w", next.Start, err)
		}
		if err := recoverProducer(ctx, producers, &decoded, next.End, frames); err != nil {
			return fmt.Errorf("journal record at %d: %w", next.Start, err)
		}
	}
}

func recoverProducer(
	ctx context.Context, producers *producer.Producers, r *record.Record, end journal.Position, frames FrameReader,
) error {
	told := producerRecordOf(r, end)
	switch r.Kind {
	case record.Frame:
		frame, err := frames.Read(r.Entry)
		if err != nil {
			return err
		}
		told.Sequence, told.Counts = frame.Sequence, frame.Counts
	case record.EpochOpened, record.Receipt:
	case record.Deletion:
		return nil
	case record.None:
		return errUnknownRecord
	}
	return producers.Recover(ctx, &told)
}
