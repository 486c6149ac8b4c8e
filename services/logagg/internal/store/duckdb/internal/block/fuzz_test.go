package block_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/store/duckdb/internal/block"
)

// Damaged pieces are errors, or entries that are wrong, but no harm.
func FuzzRead(f *testing.F) {
	codec := newCodec(f)
	written := block.NewWriter(codec).Write(pointers(logs(30)))
	odd := block.NewWriter(codec).Write([]*entry.Entry{{Message: "\xff0\xfd", Fields: []entry.Field{{Name: "=", Value: "\xfe7"}}}})
	f.Add(written.Heads, written.Messages, written.Fields)
	f.Add(odd.Heads, odd.Messages, odd.Fields)
	f.Fuzz(func(_ *testing.T, heads, messages, fields []byte) {
		_, _ = read(codec, &block.Block{Heads: heads, Messages: messages, Fields: fields})
	})
}

// Any two texts come back, as messages and as values.
func FuzzTextsComeBack(f *testing.F) {
	codec := newCodec(f)
	writer := block.NewWriter(codec)
	f.Add("GET /a/1 took 007ms deadbeef", "e29b-41d4 \xff\x00\xfd")
	f.Fuzz(func(t *testing.T, a, b string) {
		entries := []entry.Entry{
			{Message: a, Fields: []entry.Field{{Name: "x", Value: b}}}, {Message: b, Fields: []entry.Field{{Name: "x", Value: a}}},
		}
		made := writer.Write(pointers(entries))
		got, err := read(codec, &made)
		require.NoError(t, err)
		requireSame(t, entries, got)
		require.True(t, block.MayHold(made.Words, block.WordHashes(a)))
	})
}
