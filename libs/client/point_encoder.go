package client

import (
	"fmt"
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// The fields of DataPoint.
const (
	fieldSource    protowire.Number = 1
	fieldTimestamp protowire.Number = 2
	fieldMetrics   protowire.Number = 3
	fieldTags      protowire.Number = 4
)

// pointEncoder encodes points as the deterministic standard encoder does: the
// entries of maps stand in the order of their keys. It keeps the names of the
// last point, since the next one mostly has the same. It is not safe for
// concurrent use.
type pointEncoder struct {
	metrics, tags names
}

func (e *pointEncoder) encode(b []byte, p *DataPoint) ([]byte, error) {
	if p == nil {
		return b, errNil
	}
	return e.appendPoint(b, p)
}

func (e *pointEncoder) refuse(p *DataPoint, place int64, why error) error {
	return fmt.Errorf("%w: point %d, of source %.100q at %d: %w",
		ErrPointRefused, place, p.GetSource(), p.GetTimestamp(), why)
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
	b, err = appendTexts(b, fieldTags, p.GetTags(), &e.tags)
	if err != nil {
		return b, fmt.Errorf("tag %w", err)
	}
	return b, nil
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
