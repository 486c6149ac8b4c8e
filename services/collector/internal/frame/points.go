package frame

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/sluice-ingest/sluice/libs/wire/field"
)

// Tags of the fields of DataPoint and of its maps' entries.
const (
	pointSource    = 1<<3 | field.Bytes
	pointTimestamp = 2<<3 | field.Varint
	pointMetrics   = 3<<3 | field.Bytes
	pointTags      = 4<<3 | field.Bytes

	entryKey    = 1<<3 | field.Bytes
	entryDouble = 2<<3 | field.Fixed64
	entryText   = 2<<3 | field.Bytes
)

// points decodes points one after the other. The metrics and tags of all of
// them lie in one slice each, which grows to the size of the largest frame.
type points struct {
	list    []Point
	metrics []Metric
	tags    []Tag

	// before has, for each metric of the latest point that had other names than
	// the one before it, the bytes of its entry up to the value: tag, length,
	// name and the value's tag. The points of a frame mostly have the same
	// metrics in the same order, and are then decoded by comparing these. An
	// empty one fits nothing.
	before [][]byte
	// order is scratch space of lastOfEach.
	order []int32
}

// valueBytes is the length of a double.
const valueBytes = 8

// decode appends a point, and reports whether it is well-formed.
func (d *points) decode(raw []byte) bool {
	p := Point{Raw: raw}
	firstMetric, firstTag := len(d.metrics), len(d.tags)
	asBefore := true
	c := field.Read(raw)
	for c.More() {
		switch c.Rest[0] {
		case byte(pointMetrics):
			place := len(d.metrics) - firstMetric
			if d.metricAsBefore(&c, place) {
				continue
			}
			asBefore = false
			if d.plainMetric(&c, place) {
				continue
			}
		case byte(pointTags):
			if d.plainTag(&c) {
				continue
			}
		}
		switch tag := c.Varint(); tag {
		case pointSource:
			p.Source = c.Text()
		case pointTimestamp:
			p.Timestamp = int64(c.Varint())
		case pointMetrics:
			d.noteName(nil, len(d.metrics)-firstMetric)
			d.metrics = append(d.metrics, decodeMetric(&c))
			asBefore = false
		case pointTags:
			d.tags = append(d.tags, decodeTag(&c))
		default:
			c.Skip(tag)
		}
	}
	if c.Failed() {
		return false
	}
	if !asBefore {
		d.distinctMetrics(firstMetric)
	}
	d.distinctTags(firstTag)
	p.Metrics = d.metrics[firstMetric:len(d.metrics):len(d.metrics)]
	p.Tags = d.tags[firstTag:len(d.tags):len(d.tags)]
	d.list = append(d.list, p)
	return true
}

// metricAsBefore decodes the metric at c if it has the name that the metric at
// this place had before.
func (d *points) metricAsBefore(c *field.Cursor, place int) bool {
	if place >= len(d.before) {
		return false
	}
	prefix := d.before[place]
	n := len(prefix)
	if n == 0 || len(c.Rest) < n+valueBytes || !bytes.Equal(c.Rest[:n], prefix) {
		return false
	}
	d.metrics = append(d.metrics, Metric{
		Name:  c.Rest[plainKey : n-1 : n-1],
		Value: math.Float64frombits(binary.LittleEndian.Uint64(c.Rest[n:])),
	})
	c.Rest = c.Rest[n+valueBytes:]
	return true
}

// noteName notes what the metric at a place begins with.
func (d *points) noteName(prefix []byte, place int) {
	if place < len(d.before) {
		d.before[place] = prefix
	} else {
		d.before = append(d.before, prefix)
	}
}

// distinctMetrics drops repeated metrics of the point that begins at first.
func (d *points) distinctMetrics(first int) {
	n := len(d.metrics) - first
	distinct := len(lastOfEach(d.metrics[first:], &d.order))
	d.metrics = d.metrics[:first+distinct]
	d.before = d.before[:n]
	if distinct < n {
		d.before = d.before[:0]
	}
}

// distinctTags drops repeated tags of the point that begins at first.
func (d *points) distinctTags(first int) {
	distinct := len(lastOfEach(d.tags[first:], &d.order))
	d.tags = d.tags[:first+distinct]
}

// clear empties the slices and keeps their memory.
func (d *points) clear() {
	d.list, d.metrics, d.tags = d.list[:0], d.metrics[:0], d.tags[:0]
	d.before = d.before[:0]
}

// Larger slices are not kept: few frames are that large.
const (
	keptPoints  = 10_000
	keptEntries = 100_000
)

// release drops every reference to decoded bytes.
func (d *points) release() {
	d.list = emptied(d.list, keptPoints)
	d.metrics = emptied(d.metrics, keptEntries)
	d.tags = emptied(d.tags, keptEntries)
	d.before = emptied(d.before, keptEntries)
	d.order = emptied(d.order, keptEntries)
}

func emptied[E any](s []E, kept int) []E {
	if cap(s) > kept {
		return nil
	}
	clear(s[:cap(s)])
	return s[:0]
}
