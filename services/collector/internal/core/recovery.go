package core

import (
	"context"
	"errors"
	"fmt"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// RecoverProducers brings the producers to where the journal ends. It is called
// before anything is appended. Damage is left to the applier to tell.
func RecoverProducers(ctx context.Context, j Journal, position journal.Position, producers *producer.Producers) error {
	records := reader{journal: j, position: position}
	defer records.close()
	var decoded frame.Record
	for {
		record, ok, err := records.next()
		if _, damaged := errors.AsType[*journal.DamageError](err); damaged {
			continue
		}
		if err != nil || !ok {
			return err
		}
		if err := decoded.DecodeHeader(record.Data); err != nil {
			return fmt.Errorf("journal record at %d: %w", record.Start, err)
		}
		if decoded.Kind == frame.KindNone {
			return fmt.Errorf("journal record at %d: %w", record.Start, errUnknownRecord)
		}
		if decoded.Kind == frame.KindDeletion {
			continue
		}
		told := producerRecordOf(&decoded, record.End)
		if err := producers.Recover(ctx, &told); err != nil {
			return err
		}
	}
}
