package cli

import (
	"encoding/csv"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/pflag"

	"github.com/sluice-ingest/sluice/tools/internal/chart"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// outputFlag says how a list of data is written.
type outputFlag struct{ output string }

func (f *outputFlag) register(flags *pflag.FlagSet) {
	flags.StringVarP(&f.output, "output", "o", "table", "write a `form`: table, csv or json, an object a line")
}

// format is table, csv or json.
func (f *outputFlag) format(a *app, flags *pflag.FlagSet) (string, error) {
	switch {
	case !slices.Contains([]string{"table", "csv", "json"}, f.output):
		return "", usageErrorf("--output %s is unknown; give table, csv or json", f.output)
	case a.globals.json && flags.Changed("output") && f.output != "json":
		return "", usageErrorf("--json contradicts --output %s; give one of them", f.output)
	case a.globals.json:
		return "json", nil
	}
	return f.output, nil
}

// record is a line of data. As JSON it is written as it is.
type record interface {
	// row is for people, with times in a zone.
	row(location *time.Location) []string
	// fields are exact, for programs.
	fields() []string
}

// flushEvery is how many rows of a table are aligned together.
const flushEvery = 1000

// printRecords writes records as they come. The columns are those of a row; in
// CSV they are in lower case.
func printRecords[T record](a *app, format string, location *time.Location, columns []string, records iter.Seq2[T, error]) error {
	switch format {
	case "json":
		return eachRecord(records, func(r T) error { return printJSON(a.env.Stdout, r) })
	case "csv":
		w := csv.NewWriter(a.env.Stdout)
		// Its errors stay and are told by the last flush.
		_ = w.Write(mapped(columns, csvColumn))
		err := eachRecord(records, func(r T) error { return w.Write(r.fields()) })
		w.Flush()
		if err == nil {
			err = w.Error()
		}
		return err
	}
	return printAligned(a, location, columns, records)
}

func csvColumn(column string) string {
	return strings.ReplaceAll(strings.ToLower(column), " ", "_")
}

func printAligned[T record](a *app, location *time.Location, columns []string, records iter.Seq2[T, error]) error {
	table := tabwriter.NewWriter(a.env.Stdout, 0, 0, 2, ' ', 0)
	rows := 0
	err := eachRecord(records, func(r T) error {
		if rows == 0 {
			fmt.Fprintln(table, strings.Join(columns, "\t"))
		}
		if _, err := fmt.Fprintln(table, strings.Join(r.row(location), "\t")); err != nil {
			return fmt.Errorf("print: %w", err)
		}
		rows++
		if rows%flushEvery == 0 {
			return table.Flush()
		}
		return nil
	})
	if flushErr := table.Flush(); err == nil && flushErr != nil {
		return fmt.Errorf("print: %w", flushErr)
	}
	if rows == 0 && err == nil && !a.globals.quiet {
		a.notef("nothing is stored that fits")
	}
	return err
}

func eachRecord[T any](records iter.Seq2[T, error], do func(T) error) error {
	for r, err := range records {
		if err != nil {
			return err
		}
		if err := do(r); err != nil {
			return err
		}
	}
	return nil
}

// sequence yields what is in memory.
func sequence[T any](items []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, i := range items {
			if !yield(i, nil) {
				return
			}
		}
	}
}

// stamp writes a timestamp for programs.
func stamp(nanoseconds int64) string {
	return time.Unix(0, nanoseconds).UTC().Format(time.RFC3339Nano)
}

// showStamp writes a timestamp for people, with no more digits than it has.
func showStamp(nanoseconds int64, location *time.Location) string {
	return time.Unix(0, nanoseconds).In(location).Format("2006-01-02 15:04:05.999999999")
}

// exact writes a value so that it reads back equal.
func exact(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// rounded writes a value for people.
func rounded(v float64) string { return chart.Value(v) }

// showTags writes tags in the order of their names.
func showTags(tags map[string]string) string {
	pairs := make([]string, 0, len(tags))
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		pairs = append(pairs, name+"="+tags[name])
	}
	return human.Text(strings.Join(pairs, ","))
}
