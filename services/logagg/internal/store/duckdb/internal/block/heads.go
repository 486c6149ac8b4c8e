package block

import (
	"encoding/binary"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// heads collects what entries have beside their message and fields.
type heads struct {
	ids, timestamps, levels, redacted []int64
	applications, categories          *dictionary
}

func newHeads() heads {
	return heads{applications: newDictionary(), categories: newDictionary()}
}

func (h *heads) reset() {
	h.ids, h.timestamps, h.levels, h.redacted = h.ids[:0], h.timestamps[:0], h.levels[:0], h.redacted[:0]
	h.applications.reset()
	h.categories.reset()
}

func (h *heads) add(e *entry.Entry) {
	h.ids = append(h.ids, e.ID)
	h.timestamps = append(h.timestamps, e.Timestamp)
	h.levels = append(h.levels, int64(e.Level))
	redacted := int64(0)
	if e.Redacted {
		redacted = 1
	}
	h.redacted = append(h.redacted, redacted)
	h.applications.add(e.Application)
	h.categories.add(e.Category)
}

func (h *heads) appendTo(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(h.ids)))
	b = appendInts(b, h.timestamps)
	b = appendInts(b, h.levels)
	b = h.applications.appendTo(b)
	b = h.categories.appendTo(b)
	b = appendInts(b, h.ids)
	return appendInts(b, h.redacted)
}

// Heads are what the entries of a block have beside their message and fields.
type Heads struct {
	Timestamps               []int64
	Applications, Categories Dictionary

	levels []int64
	// ids and redacted are read when they are asked for, from rest.
	ids, redacted []int64
	rest          reader
}

// Len is the number of entries.
func (h *Heads) Len() int { return len(h.Timestamps) }

// Level returns the level of an entry.
func (h *Heads) Level(row int) entry.Level { return entry.Level(h.levels[row]) }

// ReadHeads reads the heads of a block.
func ReadHeads(data []byte) (*Heads, error) {
	r := &reader{data: data}
	rows := r.count(MaxRows)
	h := &Heads{Timestamps: readInts(r, rows), levels: readInts(r, rows)}
	h.Applications = readDictionary(r, rows)
	h.Categories = readDictionary(r, rows)
	h.rest = *r
	return h, r.err
}

// IDs returns the IDs of the entries.
func (h *Heads) IDs() ([]int64, error) {
	if h.ids == nil {
		h.ids = readInts(&h.rest, h.Len())
		h.redacted = readInts(&h.rest, h.Len())
	}
	return h.ids, h.rest.err
}

// Entry returns an entry without message and fields. IDs was called before.
func (h *Heads) Entry(row int) entry.Entry {
	return entry.Entry{
		ID: h.ids[row], Timestamp: h.Timestamps[row], Level: h.Level(row), Redacted: h.redacted[row] != 0,
		Application: h.Applications.At(row), Category: h.Categories.At(row),
	}
}
