package pointfile

import (
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"strings"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// csvDecoder reads the lines below a header.
type csvDecoder struct {
	options   Options
	separator rune
	columns   []column
}

// newCSVDecoder finds out what the columns are from the first line and the
// lines ahead of it. headed tells whether the first line is a header.
func newCSVDecoder(first string, ahead func() []string, o Options) (d *csvDecoder, headed bool, err error) {
	d = &csvDecoder{options: o, separator: separatorOf(first)}
	cells, err := d.split(first)
	if err != nil {
		return nil, false, fmt.Errorf("the first line: %w", err)
	}
	if _, err := ParseTimestamp(cells[0], o.Unit, o.Location); err == nil {
		if len(cells) != 2 {
			return nil, false, errors.New("it has no header, and only a file of two columns, timestamp and value, can do without")
		}
		d.columns = []column{{"timestamp", timestampColumn}, {valueColumn, metricColumn}}
		return d, false, nil
	}
	d.columns, err = columnsOf(cells, d.sample(ahead(), len(cells)), o)
	return d, true, err
}

// separatorOf returns the separator that a line has most of.
func separatorOf(line string) rune {
	best := ','
	for _, other := range ";\t" {
		if strings.Count(line, string(other)) > strings.Count(line, string(best)) {
			best = other
		}
	}
	return best
}

// split takes a line apart. A quoted cell ends on its line, so that one that
// is never closed costs one line.
func (d *csvDecoder) split(line string) ([]string, error) {
	cells := strings.Split(line, string(d.separator))
	if strings.Contains(line, `"`) {
		reader := csv.NewReader(strings.NewReader(line))
		reader.Comma = d.separator
		var err error
		cells, err = reader.Read()
		if parse, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, fmt.Errorf("the quotes are wrong at character %d", parse.Column)
		}
		if err != nil {
			return nil, err
		}
	}
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells, nil
}

// sample splits the lines that can be.
func (d *csvDecoder) sample(lines []string, width int) [][]string {
	var rows [][]string
	for _, line := range lines {
		if row, err := d.split(strings.TrimSpace(line)); err == nil && len(row) == width {
			rows = append(rows, row)
		}
	}
	return rows
}

func (d *csvDecoder) decode(line string) (*collectorv1.DataPoint, error) {
	cells, err := d.split(line)
	if err != nil {
		return nil, err
	}
	if len(cells) != len(d.columns) {
		return nil, fmt.Errorf("it has %d columns, not %d", len(cells), len(d.columns))
	}
	point := &collectorv1.DataPoint{Source: d.options.Source, Metrics: map[string]float64{}}
	for i, cell := range cells {
		if err := d.take(point, &d.columns[i], cells, cell); err != nil {
			return nil, err
		}
	}
	return point, complete(point)
}

// take puts a cell into the point.
func (d *csvDecoder) take(p *collectorv1.DataPoint, c *column, cells []string, cell string) (err error) {
	switch c.settle(cell) {
	case timestampColumn:
		p.Timestamp, err = ParseTimestamp(cell, d.options.Unit, d.options.Location)
	case sourceColumn:
		p.Source = cell
	case metricColumn:
		err = d.takeValue(p, c.name, cells, cell)
	case tagColumn:
		if cell != "" {
			setTag(p, c.name, cell)
		}
	case ignoredColumn, metricNameColumn, unsettledColumn:
	}
	return err
}

func (d *csvDecoder) takeValue(p *collectorv1.DataPoint, name string, cells []string, cell string) error {
	if isMissing(cell) {
		return nil
	}
	value, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		return fmt.Errorf("%q in the column %s is no number; if the column is a tag, give --tag-column %s", cell, name, name)
	}
	if name == valueColumn {
		name = d.metric(cells)
	}
	if name == "" {
		return errors.New("the name of the metric is missing")
	}
	p.Metrics[name] = value
	return nil
}

// metric is the name for the column called value.
func (d *csvDecoder) metric(cells []string) string {
	for i, c := range d.columns {
		if c.kind == metricNameColumn {
			return cells[i]
		}
	}
	return d.options.Metric
}

func setTag(p *collectorv1.DataPoint, name, value string) {
	if p.Tags == nil {
		p.Tags = map[string]string{}
	}
	p.Tags[name] = value
}
