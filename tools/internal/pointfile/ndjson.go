package pointfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// ndjsonDecoder reads a JSON object a line.
type ndjsonDecoder struct{ options Options }

// record is a point as JSON. A metric or tag that is null is left out.
type record struct {
	Source    string              `json:"source"`
	Timestamp json.RawMessage     `json:"timestamp"`
	Metrics   map[string]*float64 `json:"metrics"`
	Tags      map[string]*string  `json:"tags"`
}

func (d ndjsonDecoder) decode(line string) (*collectorv1.DataPoint, error) {
	var r record
	if err := unmarshal(line, &r); err != nil {
		return nil, err
	}
	timestamp, err := ParseTimestamp(unquoted(r.Timestamp), d.options.Unit, d.options.Location)
	if err != nil {
		return nil, fmt.Errorf("timestamp: %w", err)
	}
	if len(r.Metrics) == 0 {
		return nil, errNoMetrics
	}
	point := &collectorv1.DataPoint{Source: r.Source, Timestamp: timestamp, Metrics: make(map[string]float64, len(r.Metrics))}
	if point.GetSource() == "" {
		point.Source = d.options.Source
	}
	for name, value := range r.Metrics {
		if value != nil {
			point.Metrics[name] = *value
		}
	}
	for name, value := range r.Tags {
		if value != nil {
			setTag(point, name, *value)
		}
	}
	return point, complete(point)
}

// complete tells what a point lacks that its line should have had.
func complete(p *collectorv1.DataPoint) error {
	switch {
	case p.GetSource() == "":
		return errNoSource
	case len(p.GetMetrics()) == 0:
		return errNoValue
	}
	return nil
}

var (
	errNoSource = errors.New("the source is missing; give one for all with --source")
	errNoValue  = errors.New("there is no value")
	// errNoMetrics is of a JSON object, which has them in a field.
	errNoMetrics = errors.New(`metrics: is missing; give an object such as {"cpu":0.5}`)
)

// unmarshal wants one object and no field that it does not know.
func unmarshal(line string, into *record) error {
	decoder := json.NewDecoder(strings.NewReader(line))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok || strings.TrimSpace(line) == "null" {
		return mismatch(line)
	}
	if err != nil {
		return fmt.Errorf("it is no JSON object of a point: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more on the line than one JSON object")
	}
	return nil
}

// unquoted is the text of a JSON string, or a number as it stands.
func unquoted(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}
