package bench

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/load"
)

// truthOf is that of a load, with its errors as a search finds them.
func truthOf(t *testing.T) (truth *logTruth, errs []client.LogRecord) {
	t.Helper()
	_, truth = makeLogs(LogsConfig{Entries: 6000, Frame: 100}, time.Now())
	for i := range truth.errors {
		errs = append(errs, recordOf(&truth.errors[len(truth.errors)-1-i]))
	}
	require.Len(t, errs, lastErrors)
	return truth, errs
}

func recordOf(e *load.LogEntry) client.LogRecord {
	level, _ := client.ParseLevel(e.Level)
	return client.LogRecord{
		Application: e.Application, Level: level, Time: time.Unix(0, e.Timestamp), Message: e.Message,
		Fields: map[string]string{"host": e.Host, "request_id": e.RequestID},
	}
}

func TestNeedlesAreSpreadOverTheLoad(t *testing.T) {
	truth, _ := truthOf(t)
	require.Len(t, truth.needles, repeats+1)
	for i := range repeats {
		require.Equal(t, 5*time.Minute, time.Duration(truth.needles[i+1].Timestamp-truth.needles[i].Timestamp))
	}
}

func TestANeedleHasToBeFoundAlone(t *testing.T) {
	truth, errs := truthOf(t)
	needle := &truth.needles[2]
	require.NoError(t, truth.checkNeedle([]client.LogRecord{recordOf(needle)}, needle))
	require.ErrorContains(t, truth.checkNeedle(nil, needle), "finds 0 entries, not 1")
	require.ErrorContains(t, truth.checkNeedle(errs[:2], needle), "finds 2 entries, not 1")
	require.ErrorContains(t, truth.checkNeedle(errs[:1], needle), "a search finds")
}

func TestLevelsHaveToBeCountedExactly(t *testing.T) {
	truth, _ := truthOf(t)
	var rows []client.LogStatistics
	for name, count := range truth.levels {
		level, err := client.ParseLevel(name)
		require.NoError(t, err)
		rows = append(rows, client.LogStatistics{Level: level, Count: count})
	}
	require.NoError(t, truth.checkLevels(rows))
	require.ErrorContains(t, truth.checkLevels(rows[1:]), "the counts by level are")
	rows[0].Count++
	require.ErrorContains(t, truth.checkLevels(rows), "the counts by level are")
}

func TestTheLastErrorsHaveToComeInOrderAndWhole(t *testing.T) {
	truth, errs := truthOf(t)
	require.NoError(t, truth.checkErrors(errs))
	require.ErrorContains(t, truth.checkErrors(errs[1:]), "finds 99, not 100")
	errs[3], errs[4] = errs[4], errs[3]
	require.ErrorContains(t, truth.checkErrors(errs), "a search finds")
}

func TestAnEntryHasToBeFoundAsItWasSent(t *testing.T) {
	truth, errs := truthOf(t)
	want := &truth.errors[lastErrors-1]
	for name, alter := range map[string]func(r *client.LogRecord){
		"application": func(r *client.LogRecord) { r.Application = "x" },
		"level":       func(r *client.LogRecord) { r.Level = client.LevelWarn },
		"time":        func(r *client.LogRecord) { r.Time = r.Time.Add(1) },
		"message":     func(r *client.LogRecord) { r.Message += "." },
		"a field":     func(r *client.LogRecord) { r.Fields = map[string]string{"host": r.Fields["host"], "request_id": "x"} },
		"more fields": func(r *client.LogRecord) {
			r.Fields = map[string]string{"host": r.Fields["host"], "request_id": r.Fields["request_id"], "x": ""}
		},
		"category": func(r *client.LogRecord) { r.Category = "x" },
		"redacted": func(r *client.LogRecord) { r.Redacted = true },
	} {
		r := errs[0]
		require.NoError(t, sameEntry(&r, want))
		alter(&r)
		require.Error(t, sameEntry(&r, want), name)
	}
}
