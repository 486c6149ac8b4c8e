package core

import (
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
)

// Batch is a piece of the journal on its way into the store.
type Batch struct {
	// Position is the end of the piece: everything before it is in this batch
	// or in an earlier one.
	Position journal.Position
	// Series begin with this batch, in ascending order of their IDs.
	Series []Series
	// Samples in the order of the journal. No two have the same series and
	// timestamp.
	Samples Samples
	// Late are the indexes of the samples that may replace a stored one of the
	// same series and timestamp, ascending. Every other sample is later than
	// all that is stored of its series.
	Late []int
	// Producers as they stand at Position: those that the piece changed.
	Producers []producer.State
	// Arrived is what arrived with the piece.
	Arrived []quota.Arrived
}

// Samples are samples in columns of equal length.
type Samples struct {
	Series     []SeriesID
	Timestamps []int64
	Values     []float64
}

// Len is the number of samples.
func (s *Samples) Len() int { return len(s.Series) }

func (s *Samples) truncate(n int) {
	s.Series, s.Timestamps, s.Values = s.Series[:n], s.Timestamps[:n], s.Values[:n]
}
