package bench

import (
	"time"

	"github.com/sluice-ingest/sluice/tools/internal/load"
)

// makeLogs encodes the load and takes down what queries have to answer. The
// frames go to the producers in turn.
func makeLogs(cfg LogsConfig, end time.Time) (*frameLoad, *logTruth) {
	l := &frameLoad{items: int64(cfg.Entries), perFrame: cfg.Frame, records: 1, itemName: "entries", recordName: "entries"}
	truth := newLogTruth(cfg.Entries)
	logs := load.NewLogs(end, cfg.Entries)
	for sent, turn := 0, 0; sent < cfg.Entries; turn++ {
		n := min(cfg.Frame, cfg.Entries-sent)
		l.add(turn, func(sequence int64) []byte { return logs.Frame(sequence, n, truth.add) })
		sent += n
	}
	return l, truth
}
