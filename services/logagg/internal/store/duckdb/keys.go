package duckdb

import (
	"encoding/binary"
	"slices"

	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// keys makes the keys of a block's entries, row by row.
type keys struct {
	query   *core.Count
	reading *reading
	wanted  func(name string) bool

	entry  entry.Entry
	joined []byte
	// fields is the last text that was made of joined.
	fields string
}

func keysOf(q *core.Count, r *reading) *keys {
	if r.fields != nil {
		r.fields.Rewind()
	}
	return &keys{query: q, reading: r, wanted: func(name string) bool { return slices.Contains(q.ByFields, name) }}
}

func (k *keys) of(row int) (key groupKey, err error) {
	heads := k.reading.heads
	if k.query.ByLevel {
		key.level = heads.Level(row)
	}
	if k.query.ByApplication {
		key.application = heads.Applications.At(row)
	}
	if k.query.ByCategory {
		key.category = heads.Categories.At(row)
	}
	if k.query.Bucket != 0 {
		key.bucket = floor(heads.Timestamps[row], k.query.Bucket)
	}
	if len(k.query.ByFields) > 0 {
		key.fields, err = k.fieldsOf(row)
	}
	return key, err
}

func (k *keys) fieldsOf(row int) (string, error) {
	var err error
	if k.entry.Fields, err = k.reading.fields.Append(k.entry.Fields[:0], row, k.wanted); err != nil {
		return "", err
	}
	k.joined = k.joined[:0]
	for _, name := range k.query.ByFields {
		value := k.entry.Field(name)
		k.joined = append(binary.AppendUvarint(k.joined, uint64(len(value))), value...)
	}
	if k.fields != string(k.joined) {
		k.fields = string(k.joined)
	}
	return k.fields, nil
}

// splitValues takes apart what fieldsOf put together.
func splitValues(joined string) (values []string) {
	for b := []byte(joined); len(b) > 0; {
		length, size := binary.Uvarint(b)
		b = b[size:]
		values = append(values, string(b[:length]))
		b = b[length:]
	}
	return values
}
