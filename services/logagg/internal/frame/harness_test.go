package frame_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// fieldsOf are an entry's fields as the generated code has them. Nothing is
// looked up by name, so a repeated name shows.
func fieldsOf(t testing.TB, e *entry.Entry) map[string]string {
	t.Helper()
	var fields map[string]string
	for _, f := range e.Fields {
		if fields == nil {
			fields = map[string]string{}
		}
		require.NotContains(t, fields, f.Name)
		fields[f.Name] = f.Value
	}
	return fields
}

// sent turns decoded entries into LogEntries.
func sent(t testing.TB, entries []entry.Entry) []*logaggv1.LogEntry {
	t.Helper()
	var all []*logaggv1.LogEntry
	for i := range entries {
		e := &entries[i]
		all = append(all, &logaggv1.LogEntry{
			Application: e.Application, Level: e.LevelText, Timestamp: e.Timestamp, Message: e.Message, Fields: fieldsOf(t, e),
		})
	}
	return all
}

// records turns decoded entries into LogRecords.
func records(t testing.TB, entries []entry.Entry) []*logaggv1.LogRecord {
	t.Helper()
	var all []*logaggv1.LogRecord
	for i := range entries {
		e := &entries[i]
		all = append(all, &logaggv1.LogRecord{
			Application: e.Application, Level: logaggv1.Level(e.Level), Timestamp: e.Timestamp, Message: e.Message,
			Fields: fieldsOf(t, e), Category: e.Category, Redacted: e.Redacted, EntryId: e.ID,
		})
	}
	return all
}

// load has entries as a service sends them.
func load(entries int) *logaggv1.CollectLogsRequest {
	request := &logaggv1.CollectLogsRequest{ProducerId: "producer-1", Epoch: 3, Sequence: 17}
	for i := range entries {
		request.Entries = append(request.Entries, &logaggv1.LogEntry{
			Application: "orders", Level: "info", Timestamp: 1_790_000_000_000_000_000 + int64(i),
			Message: fmt.Sprintf("POST /api/v1/orders/%d status=200 duration=412.093ms bytes=20311 user=u104482 request completed", i),
			Fields:  map[string]string{"host": "orders-3", "request_id": fmt.Sprintf("%032x", i)},
		})
	}
	return request
}

func encode(t testing.TB, m proto.Message) []byte {
	t.Helper()
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	require.NoError(t, err)
	return data
}

// stripped is the message without unknown fields, in all depths.
func stripped(t testing.TB, m proto.Message) proto.Message {
	t.Helper()
	empty := m.ProtoReflect().New().Interface()
	require.NoError(t, proto.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(encode(t, m), empty))
	return empty
}

// bytesField appends a field of bytes.
func bytesField(data []byte, number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(data, number, protowire.BytesType), value)
}

// mapField encodes a field of an entry.
func mapField(name, value string) []byte {
	return bytesField(nil, 5, bytesField(bytesField(nil, 1, []byte(name)), 2, []byte(value)))
}
