package duckdb

import (
	"encoding/binary"
	"slices"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// cellKey is a group of a block's entries: what is a text there is the number
// of the text in the block.
type cellKey struct {
	level                         entry.Level
	application, category, fields int
	bucket                        int64
}

// cell counts the entries of a group.
type cell struct {
	cellKey

	count, first, last int64
}

// recentCells is how many cells are found without the map, by their place.
const recentCells = 64

// cells count the entries of a block, row by row.
type cells struct {
	query   *core.Count
	reading *reading
	all     map[cellKey]*cell
	recent  [recentCells]*cell

	// fields are the different values of fields, each after its length, and
	// their numbers.
	fields  []string
	numbers map[string]int
	entry   entry.Entry
	joined  []byte
}

func newCells(q *core.Count, r *reading) *cells {
	if r.fields != nil {
		r.fields.Rewind()
	}
	return &cells{query: q, reading: r, all: map[cellKey]*cell{}, numbers: map[string]int{}}
}

// add counts an entry. The rows come in the order of time.
func (c *cells) add(row int) error {
	key, err := c.key(row)
	if err != nil {
		return err
	}
	timestamp := c.reading.heads.Timestamps[row]
	place := (uint(key.level) + 7*uint(key.application) + 13*uint(key.category) + 17*uint(key.fields)) % recentCells
	found := c.recent[place]
	if found == nil || found.cellKey != key {
		if found = c.all[key]; found == nil {
			found = &cell{cellKey: key, first: timestamp}
			c.all[key] = found
		}
		c.recent[place] = found
	}
	found.count++
	found.last = timestamp
	return nil
}

func (c *cells) key(row int) (key cellKey, err error) {
	heads, q := c.reading.heads, c.query
	if q.ByLevel {
		key.level = heads.Level(row)
	}
	if q.ByApplication {
		key.application = heads.Applications.Number(row)
	}
	if q.ByCategory {
		key.category = heads.Categories.Number(row)
	}
	if q.Bucket != 0 {
		key.bucket = duckdb.Floor(heads.Timestamps[row], q.Bucket)
	}
	if len(q.ByFields) > 0 {
		key.fields, err = c.fieldsOf(row)
	}
	return key, err
}

func (c *cells) wanted(name string) bool { return slices.Contains(c.query.ByFields, name) }

// fieldsOf returns the number of an entry's values.
func (c *cells) fieldsOf(row int) (int, error) {
	var err error
	if c.entry.Fields, err = c.reading.fields.Append(c.entry.Fields[:0], row, c.wanted); err != nil {
		return 0, err
	}
	c.joined = c.joined[:0]
	for _, name := range c.query.ByFields {
		value := c.entry.Field(name)
		c.joined = append(binary.AppendUvarint(c.joined, uint64(len(value))), value...)
	}
	number, known := c.numbers[string(c.joined)]
	if !known {
		number = len(c.fields)
		c.fields = append(c.fields, string(c.joined))
		c.numbers[c.fields[number]] = number
	}
	return number, nil
}

// rows returns the groups by what they are anywhere.
func (c *cells) rows() map[groupKey]*core.CountRow {
	rows := make(map[groupKey]*core.CountRow, len(c.all))
	for _, cell := range c.all {
		key := groupKey{level: cell.level, bucket: cell.bucket}
		if c.query.ByApplication {
			key.application = c.reading.heads.Applications.Values[cell.application]
		}
		if c.query.ByCategory {
			key.category = c.reading.heads.Categories.Values[cell.category]
		}
		if len(c.query.ByFields) > 0 {
			key.fields = c.fields[cell.fields]
		}
		rows[key] = &core.CountRow{Count: cell.count, First: cell.first, Last: cell.last}
	}
	return rows
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
