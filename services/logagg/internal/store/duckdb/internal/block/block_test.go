package block_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/store/duckdb/internal/block"
)

func newCodec(t testing.TB) *block.Codec {
	t.Helper()
	codec, err := block.NewCodec(2)
	require.NoError(t, err)
	t.Cleanup(codec.Close)
	return codec
}

// read reads all of a block.
func read(codec *block.Codec, b *block.Block) ([]entry.Entry, error) {
	heads, err := block.ReadHeads(b.Heads)
	if err != nil {
		return nil, err
	}
	if _, err := heads.IDs(); err != nil {
		return nil, err
	}
	messages, err := block.ReadMessages(b.Messages, codec, heads.Len())
	if err != nil {
		return nil, err
	}
	fields, err := block.ReadFields(b.Fields, codec, heads.Len())
	if err != nil {
		return nil, err
	}
	entries := make([]entry.Entry, heads.Len())
	for row := range entries {
		entries[row] = heads.Entry(row)
		entries[row].Message = string(messages.Append(nil, row))
		if entries[row].Fields, err = fields.Append(nil, row, nil); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

func pointers(entries []entry.Entry) []*entry.Entry {
	all := make([]*entry.Entry, len(entries))
	for i := range entries {
		all[i] = &entries[i]
	}
	return all
}

func requireSame(t require.TestingT, want, got []entry.Entry) {
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, want[i], got[i])
	}
}

// anyText makes texts of what logs have in them, and of what they should not.
func anyText() *rapid.Generator[string] {
	pieces := rapid.SampledFrom([]string{
		"", " ", "GET", "user=u", "0", "007", "42", "123456789012345678", "99999999999999999999", "-1", "a1b2",
		"deadbeef", "cafe", "e29b", "0x7f3a", "Zürich", "日本", "\x00", "\n", "\xfd", "\xfe", "\xff", "\xff\xfe", "=",
		"550e8400-e29b-41d4-a716-446655440000", "10.4.201.77", "{\"a\":1,\"b\":\"x\"}", "A1", "ABCD12",
	})
	made := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(pieces, 0, 8).Draw(t, "pieces"), "") })
	return rapid.OneOf(made, rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
}

func anyEntry() *rapid.Generator[entry.Entry] {
	names := rapid.OneOf(rapid.SampledFrom([]string{"host", "request_id", "a=b", "", "x"}), anyText())
	return rapid.Custom(func(t *rapid.T) entry.Entry {
		e := entry.Entry{
			ID: rapid.Int64().Draw(t, "id"), Timestamp: rapid.Int64().Draw(t, "timestamp"),
			Level:       entry.Level(rapid.Int32().Draw(t, "level")),
			Application: anyText().Draw(t, "application"), Category: anyText().Draw(t, "category"),
			Message: anyText().Draw(t, "message"), Redacted: rapid.Bool().Draw(t, "redacted"),
		}
		for _, name := range rapid.SliceOfNDistinct(names, 0, 5, rapid.ID).Draw(t, "names") {
			e.Fields = append(e.Fields, entry.Field{Name: name, Value: anyText().Draw(t, "value")})
		}
		return e
	})
}

func TestEntriesComeBack(t *testing.T) {
	codec := newCodec(t)
	writer := block.NewWriter(codec) // One for all, so that nothing of a block stays.
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.SliceOfN(anyEntry(), 1, 30).Draw(t, "entries")
		b := writer.Write(pointers(entries))
		got, err := read(codec, &b)
		require.NoError(t, err)
		requireSame(t, entries, got)
	})
}

// More fields and variables than have a place of their own come back too.
func TestMoreNamesThanColumns(t *testing.T) {
	codec := newCodec(t)
	var entries []entry.Entry
	for i := range 500 {
		e := entry.Entry{Message: fmt.Sprintf("%sx%d y%d", strings.Repeat("k", i), i, -i)}
		for j := range 7 {
			name := fmt.Sprintf("name-%d", i*j)
			if j == 0 {
				name = "first"
			}
			e.Fields = append(e.Fields, entry.Field{Name: name + "=", Value: fmt.Sprint(i)})
		}
		entries = append(entries, e)
	}
	for i := range 3_000 {
		entries = append(entries, entry.Entry{Message: fmt.Sprintf("%c%c%c=%d", 'a'+i%26, 'a'+i/26%26, 'a'+i/676, i)})
	}
	b := block.NewWriter(codec).Write(pointers(entries))
	got, err := read(codec, &b)
	require.NoError(t, err)
	requireSame(t, entries, got)
}

func TestNumbersAtTheEdgesComeBack(t *testing.T) {
	codec := newCodec(t)
	edges := []int64{0, math.MinInt64, math.MaxInt64, -1, 1, math.MinInt64, math.MinInt64 + 1, 1 << 62, 3, 3, 3}
	var entries []entry.Entry
	for i := range 300 {
		entries = append(entries, entry.Entry{ID: edges[i%len(edges)], Timestamp: edges[i*7%len(edges)]})
	}
	b := block.NewWriter(codec).Write(pointers(entries))
	got, err := read(codec, &b)
	require.NoError(t, err)
	requireSame(t, entries, got)
}

// The words that a text names are in the filter of every message with the text.
func TestFiltersMissNothing(t *testing.T) {
	writer := block.NewWriter(newCodec(t))
	rapid.Check(t, func(t *rapid.T) {
		e := anyEntry().Draw(t, "entry")
		others := rapid.SliceOfN(anyEntry(), 0, 20).Draw(t, "others")
		b := writer.Write(pointers(append(others, e)))
		for _, field := range e.Fields {
			require.True(t, block.MayHold(b.Pairs, []uint64{block.PairHash(field.Name, field.Value)}))
		}
		from := rapid.IntRange(0, len(e.Message)).Draw(t, "from")
		to := rapid.IntRange(from, len(e.Message)).Draw(t, "to")
		require.True(t, block.MayHold(b.Words, block.WordHashes(e.Message[from:to])))
		require.True(t, block.MayHold(b.Words, block.WordHashes(strings.ToUpper(asciiOnly(e.Message[from:to])))))
	})
}

func asciiOnly(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x80 {
			return -1
		}
		return r
	}, text[:strings.IndexFunc(text+"\u0080", func(r rune) bool { return r >= 0x80 })])
}

func TestFiltersRuleOut(t *testing.T) {
	writer := block.NewWriter(newCodec(t))
	entries := logs(block.MaxRows)
	b := writer.Write(pointers(entries))
	pairs, words := 0, 0
	for i := range 10_000 {
		if block.MayHold(b.Pairs, []uint64{block.PairHash("request_id", fmt.Sprint(i))}) {
			pairs++
		}
		if block.MayHold(b.Words, block.WordHashes(fmt.Sprintf(" u%d ", 1_000_000+i))) {
			words++
		}
	}
	require.Less(t, pairs, 60)
	require.Less(t, words, 160)
	require.False(t, block.MayHold(nil, []uint64{1}))
	require.True(t, block.MayHold(nil, nil))
}

// The load's entries take at most so many bytes.
func TestSize(t *testing.T) {
	codec := newCodec(t)
	entries := logs(block.MaxRows)
	b := block.NewWriter(codec).Write(pointers(entries))
	each := func(data []byte) float64 { return float64(len(data)) / float64(len(entries)) }
	t.Logf("bytes an entry: heads %.2f messages %.2f fields %.2f pairs %.2f words %.2f",
		each(b.Heads), each(b.Messages), each(b.Fields), each(b.Pairs), each(b.Words))
	require.Less(t, float64(b.Size())/float64(len(entries)), 42.0)
	got, err := read(codec, &b)
	require.NoError(t, err)
	requireSame(t, entries, got)
}

// logs makes entries like those of a service.
func logs(count int) []entry.Entry {
	random := rand.New(rand.NewPCG(42, 42))
	verbs := []string{"GET", "POST", "PUT", "DELETE"}
	paths := []string{"orders", "users", "carts", "payments", "items", "search", "sessions", "reviews"}
	phrases := []string{"request completed", "cache hit", "slow upstream", "retried", "connection reset by peer"}
	entries := make([]entry.Entry, count)
	for i := range entries {
		app := random.IntN(10)
		entries[i] = entry.Entry{
			ID: int64(i + 1), Timestamp: 1_795_305_600_000_000_000 + int64(i)*900_000, Level: entry.Info,
			Application: fmt.Sprintf("service-%d", app),
			Message: fmt.Sprintf("%s /api/v1/%s/%d status=%d duration=%d.%03dms bytes=%d user=u%d remote=10.%d.%d.%d %s",
				verbs[random.IntN(4)], paths[random.IntN(8)], random.IntN(100_000), 200+random.IntN(2)*4,
				random.IntN(2000), random.IntN(1000), random.IntN(50_000), random.IntN(200_000),
				random.IntN(256), random.IntN(256), random.IntN(256), phrases[random.IntN(5)]),
			Fields: []entry.Field{
				{Name: "host", Value: fmt.Sprintf("service-%d-%02d.prod", app, random.IntN(5))},
				{Name: "request_id", Value: fmt.Sprintf("%016x%016x", random.Uint64(), random.Uint64())},
			},
		}
		if random.IntN(10) > 6 {
			entries[i].Level = entry.Debug
		}
	}
	return entries
}

func BenchmarkWrite(b *testing.B) {
	writer := block.NewWriter(newCodec(b))
	entries := pointers(logs(block.MaxRows))
	for b.Loop() {
		writer.Write(entries)
	}
	b.ReportMetric(float64(b.N*len(entries))/b.Elapsed().Seconds(), "entries/s")
}

func BenchmarkRead(b *testing.B) {
	codec := newCodec(b)
	written := block.NewWriter(codec).Write(pointers(logs(block.MaxRows)))
	b.Run("heads", func(b *testing.B) {
		for b.Loop() {
			if _, err := block.ReadHeads(written.Heads); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("messages", func(b *testing.B) {
		var text []byte
		for b.Loop() {
			messages, err := block.ReadMessages(written.Messages, codec, written.Rows)
			if err != nil {
				b.Fatal(err)
			}
			for row := range written.Rows {
				text = messages.Append(text[:0], row)
			}
		}
	})
	b.Run("one field", func(b *testing.B) {
		var field []entry.Field
		for b.Loop() {
			fields, err := block.ReadFields(written.Fields, codec, written.Rows)
			if err != nil {
				b.Fatal(err)
			}
			for row := range written.Rows {
				field, _ = fields.Append(field[:0], row, func(name string) bool { return name == "request_id" })
			}
		}
	})
}
