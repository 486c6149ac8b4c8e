package pointfile

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// columnKind is what the cells of a column are.
type columnKind int

const (
	// unsettledColumn had only empty cells so far.
	unsettledColumn columnKind = iota
	timestampColumn
	sourceColumn
	metricColumn
	// metricNameColumn has the names for the column called value.
	metricNameColumn
	tagColumn
	// ignoredColumn has no name, such as the row numbers of a data frame.
	ignoredColumn
)

// column is a column of a CSV file.
type column struct {
	name string
	kind columnKind
}

// settle decides on a column when its first cell that is not empty comes, and
// returns its kind.
func (c *column) settle(cell string) columnKind {
	if c.kind == unsettledColumn && !isMissing(cell) {
		c.kind = tagColumn
		if isNumber(cell) {
			c.kind = metricColumn
		}
	}
	return c.kind
}

func isNumber(cell string) bool {
	_, err := strconv.ParseFloat(cell, 64)
	return err == nil
}

// isMissing tells whether a cell stands for no value.
func isMissing(cell string) bool {
	switch strings.ToLower(cell) {
	case "", "-", "na", "n/a", "null", "none":
		return true
	}
	return false
}

// columnsOf gives each column of a header its meaning. The rows are some of
// those below it.
func columnsOf(header []string, rows [][]string, o Options) ([]column, error) {
	if err := checkHeader(header, o); err != nil {
		return nil, err
	}
	timestamp, err := findTimestamp(header, rows, o)
	if err != nil {
		return nil, err
	}
	columns := make([]column, len(header))
	for i, name := range header {
		columns[i] = column{name: name, kind: kindOf(name, i, rows, o)}
	}
	columns[timestamp].kind = timestampColumn
	return columns, nil
}

func kindOf(name string, index int, rows [][]string, o Options) columnKind {
	switch {
	case name == "":
		return ignoredColumn
	case o.SourceColumn != "" && strings.EqualFold(name, o.SourceColumn):
		return sourceColumn
	case o.MetricColumn != "" && strings.EqualFold(name, o.MetricColumn):
		return metricNameColumn
	case slices.ContainsFunc(o.TagColumns, func(tag string) bool { return strings.EqualFold(tag, name) }):
		return tagColumn
	case name == valueColumn:
		return metricColumn
	}
	return guess(index, rows)
}

// guess takes a column for a metric when most of its cells are numbers.
func guess(index int, rows [][]string) columnKind {
	var numbers, texts int
	for _, row := range rows {
		switch cell := row[index]; {
		case isMissing(cell):
		case isNumber(cell):
			numbers++
		default:
			texts++
		}
	}
	switch {
	case numbers+texts == 0:
		return unsettledColumn
	case numbers > texts:
		return metricColumn
	}
	return tagColumn
}

// checkHeader refuses names that are there twice, and options for columns that
// are not there.
func checkHeader(header []string, o Options) error {
	seen := map[string]bool{}
	for _, name := range header {
		if name != "" && seen[name] {
			return fmt.Errorf("the header has the column %s twice", name)
		}
		seen[name] = true
	}
	wanted := slices.Concat([]string{o.TimestampColumn, o.MetricColumn}, o.TagColumns)
	if o.SourceColumn != defaultSourceColumn {
		wanted = append(wanted, o.SourceColumn)
	}
	for _, name := range wanted {
		if name != "" && indexOf(header, name) < 0 {
			return fmt.Errorf("there is no column %s; the header has %s", name, strings.Join(header, ", "))
		}
	}
	return nil
}

// findTimestamp returns the index of the column that has the timestamps.
func findTimestamp(header []string, rows [][]string, o Options) (int, error) {
	if o.TimestampColumn != "" {
		return indexOf(header, o.TimestampColumn), nil
	}
	for _, name := range []string{"timestamp", "@timestamp", "time", "datetime", "date_time", "date", "ts", "_time"} {
		if i := indexOf(header, name); i >= 0 {
			return i, nil
		}
	}
	for i, name := range header {
		if name != "" && hasDates(i, rows, o) {
			return i, nil
		}
	}
	return 0, errors.New("no column has timestamps among " + strings.Join(header, ", ") + "; name it with --timestamp-column")
}

// hasDates tells whether every cell is a date. A number alone could be
// anything.
func hasDates(index int, rows [][]string, o Options) bool {
	for _, row := range rows {
		if _, err := ParseTimestamp(row[index], o.Unit, o.Location); err != nil || isNumber(row[index]) {
			return false
		}
	}
	return len(rows) > 0
}

func indexOf(header []string, name string) int {
	return slices.IndexFunc(header, func(other string) bool { return strings.EqualFold(other, name) })
}
