package cli

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// logOutputFlags say how entries are written.
type logOutputFlags struct {
	output, colour string
	fields         bool
}

func (f *logOutputFlags) register(flags *pflag.FlagSet) {
	flags.StringVarP(&f.output, "output", "o", "human", "write a `form`: human, json, an object a line, or raw, only the messages")
	flags.StringVar(&f.colour, "color", "auto", "`when` to colour by level: auto, at a terminal without NO_COLOR, always or never")
	flags.BoolVar(&f.fields, "fields", false, "show fields and category too")
}

// logPrinter writes entries.
type logPrinter struct {
	app      *app
	output   string
	colour   bool
	fields   bool
	location *time.Location
}

// printer is what the flags say.
func (f *logOutputFlags) printer(a *app, flags *pflag.FlagSet, location *time.Location) (*logPrinter, error) {
	p := &logPrinter{app: a, output: f.output, fields: f.fields, location: location}
	switch {
	case !slices.Contains([]string{"human", "json", "raw"}, f.output):
		return nil, usageErrorf("--output %s is unknown; give human, json or raw", f.output)
	case a.globals.json && flags.Changed("output") && f.output != "json":
		return nil, usageErrorf("--json contradicts --output %s; give one of them", f.output)
	case a.globals.json:
		p.output = "json"
	}
	switch f.colour {
	case "auto":
		p.colour = a.env.DrawStdout && !a.env.NoColour
	case "always":
		p.colour = true
	case "never":
	default:
		return nil, usageErrorf("--color %s is unknown; give auto, always or never", f.colour)
	}
	return p, nil
}

// print writes an entry.
func (p *logPrinter) print(r client.LogRecord) error {
	switch p.output {
	case "json":
		return printJSON(p.app.env.Stdout, viewLogRecord(r))
	case "raw":
		return p.app.printf("%s\n", r.Message)
	}
	return p.app.printf("%s\n", p.line(r))
}

// levelWidth is that of the longest name.
const levelWidth = len("DEBUG")

// line writes an entry for people: time, level, application, and the message,
// whose further lines are indented.
func (p *logPrinter) line(r client.LogRecord) string {
	var b strings.Builder
	b.WriteString(p.paint(dim, r.Time.In(p.location).Format("2006-01-02 15:04:05.000")))
	b.WriteString(" " + p.paint(colourOf(r.Level), pad(levelText(r.Level), levelWidth)))
	b.WriteString(" " + p.paint(bold, human.Text(r.Application)))
	for i, text := range strings.Split(strings.TrimRight(r.Message, "\n"), "\n") {
		if i > 0 {
			b.WriteString("\n   ")
		}
		b.WriteString(" " + p.paint(messageColour(r.Level), printable(text)))
	}
	if p.fields {
		b.WriteString(p.paint(dim, p.details(r)))
	}
	return b.String()
}

// details are what else is known, in the order of the names.
func (p *logPrinter) details(r client.LogRecord) string {
	var b strings.Builder
	if r.Category != "" {
		b.WriteString(" category=" + quoted(r.Category))
	}
	if r.Redacted {
		b.WriteString(" redacted")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Fields)) {
		b.WriteString(" " + human.Text(name) + "=" + quoted(r.Fields[name]))
	}
	return b.String()
}

// quoted puts a value into quotes that could be taken for several.
func quoted(value string) string {
	if strings.ContainsAny(value, " =\"") {
		return strconv.Quote(value)
	}
	return human.Text(value)
}

// levelText is a level in upper case, or a dash.
func levelText(l client.Level) string {
	if l == client.LevelUnspecified {
		return "-"
	}
	return strings.ToUpper(l.String())
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-len(text)))
}

// printable writes a line of a message so that a terminal only shows it: what it
// would obey is written as an escape. Tabs stay.
func printable(line string) string {
	line = strings.TrimRight(line, "\r")
	if strings.IndexFunc(line, isUnprintable) < 0 {
		return line
	}
	var b strings.Builder
	for _, r := range line {
		if isUnprintable(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isUnprintable(r rune) bool { return r != '\t' && !strconv.IsPrint(r) }
