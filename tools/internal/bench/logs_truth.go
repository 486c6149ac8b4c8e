package bench

import (
	"fmt"
	"maps"
	"slices"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/load"
)

const (
	// repeats is how often a query is measured, behind one that is not.
	repeats = 5
	// lastErrors is how many entries are fetched.
	lastErrors = 100
)

// logTruth is what queries of the load have to answer.
type logTruth struct {
	// entries of the load, and seen of them so far.
	entries, seen int
	levels        map[string]int64
	// needles are entries spread over the load, one for each query.
	needles []load.LogEntry
	// errors are the last ones, oldest first.
	errors []load.LogEntry
}

func newLogTruth(entries int) *logTruth {
	return &logTruth{entries: entries, levels: map[string]int64{}}
}

// add takes an entry down, in the order of the load.
func (t *logTruth) add(e *load.LogEntry) {
	t.levels[e.Level]++
	if next := len(t.needles); next <= repeats && t.seen >= (2*next+1)*t.entries/(2*(repeats+1)) {
		t.needles = append(t.needles, *e)
	}
	t.seen++
	if e.Level == client.LevelError.String() {
		t.errors = append(t.errors, *e)
		t.errors = t.errors[max(0, len(t.errors)-lastErrors):]
	}
}

// checkNeedle compares the entries that a search for one found.
func (t *logTruth) checkNeedle(found []client.LogRecord, needle *load.LogEntry) error {
	if len(found) != 1 {
		return fmt.Errorf("the search for request %s finds %d entries, not 1", needle.RequestID, len(found))
	}
	return sameEntry(&found[0], needle)
}

// checkLevels compares the counts by level.
func (t *logTruth) checkLevels(found []client.LogStatistics) error {
	counts := map[string]int64{}
	for _, row := range found {
		counts[row.Level.String()] += row.Count
	}
	if !maps.Equal(counts, t.levels) {
		return fmt.Errorf("the counts by level are %v, not %v", counts, t.levels)
	}
	return nil
}

// checkErrors compares the last errors, newest first.
func (t *logTruth) checkErrors(found []client.LogRecord) error {
	if len(found) != len(t.errors) {
		return fmt.Errorf("the search for the last errors finds %d, not %d", len(found), len(t.errors))
	}
	for i, want := range slices.Backward(t.errors) {
		if err := sameEntry(&found[len(found)-1-i], &want); err != nil {
			return err
		}
	}
	return nil
}

// sameEntry compares an entry as it was found with what was sent.
func sameEntry(found *client.LogRecord, want *load.LogEntry) error {
	fields := map[string]string{"host": want.Host, "request_id": want.RequestID}
	if found.Application != want.Application || found.Level.String() != want.Level || found.Time.UnixNano() != want.Timestamp ||
		found.Message != want.Message || !maps.Equal(found.Fields, fields) || found.Redacted || found.Category != "" {
		return fmt.Errorf("a search finds %+v instead of %+v", *found, *want)
	}
	return nil
}
