package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// printJSON writes v as one line.
func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("print JSON: %w", err)
	}
	return nil
}

// item is something that a command lists or shows.
type item interface {
	// id is the identifier alone.
	id() string
	// row has a cell for each column of the list.
	row() []string
}

// printList writes items as --json and --quiet want, or as a table.
func printList[T item](a *app, columns []string, items []T) error {
	switch {
	case a.globals.json:
		return each(items, func(i T) error { return printJSON(a.env.Stdout, i) })
	case a.globals.quiet:
		return each(items, func(i T) error { return a.printf("%s\n", i.id()) })
	}
	rows := [][]string{columns}
	for _, i := range items {
		rows = append(rows, i.row())
	}
	return printTable(a.env.Stdout, rows)
}

// printTable writes rows in aligned columns.
func printTable(w io.Writer, rows [][]string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		if _, err := fmt.Fprintln(table, strings.Join(row, "\t")); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// property is a line of what a command shows of one thing. An empty value is
// left out.
type property struct{ name, value string }

// printItem writes one thing as --json wants, or as a list of properties.
func (a *app) printItem(v any, properties []property) error {
	switch {
	case a.globals.json:
		return printJSON(a.env.Stdout, v)
	case a.globals.quiet:
		return nil
	}
	var rows [][]string
	for _, p := range properties {
		if p.value != "" {
			rows = append(rows, []string{p.name, p.value})
		}
	}
	return printTable(a.env.Stdout, rows)
}

// printf writes to standard output.
func (a *app) printf(format string, args ...any) error {
	if _, err := fmt.Fprintf(a.env.Stdout, format, args...); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// sayf writes a sentence for people, which neither --json nor --quiet wants.
func (a *app) sayf(format string, args ...any) error {
	if a.globals.json || a.globals.quiet {
		return nil
	}
	return a.printf(format+"\n", args...)
}

func each[T any](items []T, do func(T) error) error {
	for _, i := range items {
		if err := do(i); err != nil {
			return err
		}
	}
	return nil
}
