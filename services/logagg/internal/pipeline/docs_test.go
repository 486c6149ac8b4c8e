package pipeline_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline"
)

// example is a file of rules in docs/rules.md, and what it makes of entries.
var example = regexp.MustCompile("(?s)\n```yaml\n(.*?)\n```\n\n```text\n(.*?)\n```\n")

func TestExamplesOfTheDocumentationHold(t *testing.T) {
	text, err := os.ReadFile("../../../../docs/rules.md")
	require.NoError(t, err)
	examples := example.FindAllStringSubmatch(string(text), -1)
	require.Len(t, examples, strings.Count(string(text), "```yaml"), "each file of rules has its entries")
	require.GreaterOrEqual(t, len(examples), 7)
	for _, match := range examples {
		p := compile(t, match[1])
		r := p.Runner()
		lines := strings.Split(match[2], "\n")
		for i := 0; i < len(lines); i += 2 {
			requireExample(t, p, r, lines[i], lines[i+1])
		}
	}
}

// shown is an entry as the documentation has it. What is nil is not shown.
type shown struct {
	Application *string           `json:"application"`
	Level       *string           `json:"level"`
	Timestamp   int64             `json:"timestamp"`
	Message     *string           `json:"message"`
	Category    *string           `json:"category"`
	Redacted    *bool             `json:"redacted"`
	Fields      map[string]string `json:"fields"`
}

func requireExample(t *testing.T, p *pipeline.Pipeline, r *pipeline.Runner, in, out string) {
	t.Helper()
	e := shownEntry(t, in)
	kept := r.Run(e)
	if rule, ok := strings.CutPrefix(out, "out dropped by "); ok {
		require.False(t, kept, in)
		require.Equal(t, []string{rule}, hits(p, r), in)
		return
	}
	require.True(t, kept, in)
	want := decodeShown(t, out, "out ")
	same(t, want.Application, e.Application, in)
	same(t, want.Level, map[entry.Level]string{
		entry.Trace: "trace", entry.Debug: "debug", entry.Info: "info", entry.Warn: "warn", entry.Error: "error", entry.Fatal: "fatal",
	}[e.Level], in)
	same(t, want.Message, e.Message, in)
	same(t, want.Category, e.Category, in)
	same(t, want.Redacted, e.Redacted, in)
	if want.Fields != nil {
		fields := map[string]string{}
		for _, field := range e.Fields {
			fields[field.Name] = field.Value
		}
		require.Equal(t, want.Fields, fields, in)
	}
}

func same[T any](t *testing.T, want *T, got T, in string) {
	t.Helper()
	if want != nil {
		require.Equal(t, *want, got, in)
	}
}

func decodeShown(t *testing.T, line, prefix string) shown {
	t.Helper()
	text, ok := strings.CutPrefix(line, prefix)
	require.True(t, ok, line)
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	var s shown
	require.NoError(t, decoder.Decode(&s), line)
	return s
}

func shownEntry(t *testing.T, line string) *entry.Entry {
	t.Helper()
	s := decodeShown(t, line, "in  ")
	e := &entry.Entry{Timestamp: s.Timestamp}
	for to, from := range map[*string]*string{&e.Application: s.Application, &e.LevelText: s.Level, &e.Message: s.Message} {
		if from != nil {
			*to = *from
		}
	}
	for name, value := range s.Fields {
		e.Fields = append(e.Fields, entry.Field{Name: name, Value: value})
	}
	return e
}
