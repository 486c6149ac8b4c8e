package core

import (
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// Batch is a piece of the journal on its way into the store.
type Batch struct {
	// Position is the end of the piece: everything before it is in this batch
	// or in an earlier one.
	Position journal.Position
	// Rows in the order of the journal.
	Rows []Row
	// Producers as they stand at Position: those that the piece changed.
	Producers []producer.State
	// Arrived is what arrived with the piece.
	Arrived []quota.Arrived
}

// Row is one entry of a tenant. Its ID is one more than that of the row before,
// also over batches and restarts.
type Row struct {
	entry.Entry

	Tenant string
}
