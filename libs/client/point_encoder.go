package client

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// The fields of DataPoint, and those of the entries of its maps.
const (
	fieldSource    protowire.Number = 1
	fieldTimestamp protowire.Number = 2
	fieldMetrics   protowire.Number = 3
	fieldTags      protowire.Number = 4

	fieldKey   protowire.Number = 1
	fieldValue protowire.Number = 2
)

var errNotUTF8 = errors.New("is not UTF-8")

// pointEncoder encodes points as the deterministic standard encoder does: the
// entries of maps stand in the order of their keys. It keeps the names of the
// last point, since the next one mostly has the same. It is not safe for
// concurrent use.
type pointEncoder struct {
	metrics, tags names
}

// appendPoint appends the fields of the point. It fails when a text in it is
// not UTF-8.
func (e *pointEncoder) appendPoint(b []byte, p *DataPoint) ([]byte, error) {
	if p.GetSource() != "" {
		if !utf8.ValidString(p.GetSource()) {
			return b, fmt.Errorf("source %q %w", p.GetSource(), errNotUTF8)
		}
		b = protowire.AppendTag(b, fieldSource, protowire.BytesType)
		b = protowire.AppendString(b, p.GetSource())
	}
	if p.GetTimestamp() != 0 {
		b = protowire.AppendTag(b, fieldTimestamp, protowire.VarintType)
		b = protowire.AppendVarint(b, uint64(p.GetTimestamp()))
	}
	b, err := e.appendMetrics(b, p.GetMetrics())
	if err != nil {
		return b, err
	}
	return e.appendTags(b, p.GetTags())
}

// appendMetrics looks the names of the last point up, and sorts those of this
// one only if they are others.
func (e *pointEncoder) appendMetrics(b []byte, metrics map[string]float64) ([]byte, error) {
	if len(metrics) == len(e.metrics.sorted) {
		if out, same := e.metrics.appendMetrics(b, metrics); same {
			return out, nil
		}
	}
	if err := learn(&e.metrics, metrics); err != nil {
		return b, fmt.Errorf("metric %w", err)
	}
	b, _ = e.metrics.appendMetrics(b, metrics)
	return b, nil
}

func (e *pointEncoder) appendTags(b []byte, tags map[string]string) ([]byte, error) {
	if len(tags) != len(e.tags.sorted) || !e.tags.within(tags) {
		if err := learn(&e.tags, tags); err != nil {
			return b, fmt.Errorf("tag %w", err)
		}
	}
	for i, name := range e.tags.sorted {
		value := tags[name]
		if !utf8.ValidString(value) {
			return b, fmt.Errorf("value %q of tag %q %w", value, name, errNotUTF8)
		}
		key := e.tags.key(i)
		b = protowire.AppendTag(b, fieldTags, protowire.BytesType)
		b = protowire.AppendVarint(b, uint64(len(key)+protowire.SizeTag(fieldValue)+protowire.SizeBytes(len(value))))
		b = append(b, key...)
		b = protowire.AppendTag(b, fieldValue, protowire.BytesType)
		b = protowire.AppendString(b, value)
	}
	return b, nil
}

// names are the keys of a map in order, each with its encoded field.
type names struct {
	sorted []string
	keys   []byte
	// ends of the encoded fields in keys.
	ends []int
}

// learn takes the keys of a map over.
func learn[V any](n *names, m map[string]V) error {
	n.sorted, n.keys, n.ends = n.sorted[:0], n.keys[:0], n.ends[:0]
	for name := range m {
		n.sorted = append(n.sorted, name)
	}
	slices.Sort(n.sorted)
	for i, name := range n.sorted {
		if !utf8.ValidString(name) {
			n.sorted = n.sorted[:i]
			return fmt.Errorf("name %q %w", name, errNotUTF8)
		}
		n.keys = protowire.AppendTag(n.keys, fieldKey, protowire.BytesType)
		n.keys = protowire.AppendString(n.keys, name)
		n.ends = append(n.ends, len(n.keys))
	}
	return nil
}

// key returns the encoded key field of a name.
func (n *names) key(i int) []byte {
	start := 0
	if i > 0 {
		start = n.ends[i-1]
	}
	return n.keys[start:n.ends[i]]
}

// within tells whether a map has all the names.
func (n *names) within(m map[string]string) bool {
	for _, name := range n.sorted {
		if _, ok := m[name]; !ok {
			return false
		}
	}
	return true
}

// appendMetrics appends the entries of a map with as many keys as there are
// names. It returns false when they are others.
func (n *names) appendMetrics(b []byte, metrics map[string]float64) ([]byte, bool) {
	const valueSize = 1 + 8 // tag and value
	for i, name := range n.sorted {
		value, ok := metrics[name]
		if !ok {
			return nil, false
		}
		key := n.key(i)
		b = protowire.AppendTag(b, fieldMetrics, protowire.BytesType)
		b = protowire.AppendVarint(b, uint64(len(key)+valueSize))
		b = append(b, key...)
		b = protowire.AppendTag(b, fieldValue, protowire.Fixed64Type)
		b = protowire.AppendFixed64(b, math.Float64bits(value))
	}
	return b, true
}
