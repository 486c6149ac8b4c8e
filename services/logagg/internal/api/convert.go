package api

import (
	"maps"
	"slices"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

func recordsOf(entries []entry.Entry) []*logaggv1.LogRecord {
	records := make([]*logaggv1.LogRecord, len(entries))
	for i := range entries {
		records[i] = recordOf(&entries[i])
	}
	return records
}

func recordOf(e *entry.Entry) *logaggv1.LogRecord {
	record := &logaggv1.LogRecord{
		EntryId: e.ID, Application: e.Application, Level: logaggv1.Level(e.Level), Timestamp: e.Timestamp,
		Message: e.Message, Category: e.Category, Redacted: e.Redacted,
	}
	if len(e.Fields) > 0 {
		record.Fields = make(map[string]string, len(e.Fields))
		for _, f := range e.Fields {
			record.Fields[f.Name] = f.Value
		}
	}
	return record
}

// entryOf is an entry as it was sent, with its fields in the order of their
// names.
func entryOf(sent *logaggv1.LogEntry) entry.Entry {
	e := entry.Entry{
		Application: sent.GetApplication(), LevelText: sent.GetLevel(), Timestamp: sent.GetTimestamp(), Message: sent.GetMessage(),
	}
	for _, name := range slices.Sorted(maps.Keys(sent.GetFields())) {
		e.Fields = append(e.Fields, entry.Field{Name: name, Value: sent.GetFields()[name]})
	}
	return e
}
