package pipeline_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline"
)

// tester is what tests, benchmarks and rapid's checks have in common.
type tester interface {
	require.TestingT
	Helper()
}

func compile(tb tester, source string) *pipeline.Pipeline {
	tb.Helper()
	p, err := pipeline.Compile([]byte(source))
	require.NoError(tb, err)
	return p
}

// fields makes fields of names and values in turn.
func fields(texts ...string) []entry.Field {
	var made []entry.Field
	for i := 0; i < len(texts); i += 2 {
		made = append(made, entry.Field{Name: texts[i], Value: texts[i+1]})
	}
	return made
}

// hits returns the names of the rules that hit the last entry.
func hits(p *pipeline.Pipeline, r *pipeline.Runner) []string {
	var names []string
	for _, rule := range r.Hits {
		names = append(names, p.Rules()[rule].Name)
	}
	return names
}

// count returns how many entries a rule hit and how many it failed for.
func count(t *testing.T, p *pipeline.Pipeline, r *pipeline.Runner, name string) (hits, failures int64) {
	t.Helper()
	for i, rule := range p.Rules() {
		if rule.Name == name {
			return r.Counts[i], r.Failures[i]
		}
	}
	require.Fail(t, "no such rule", name)
	return 0, 0
}

func TestRulesStandInTheOrderOfThePipeline(t *testing.T) {
	p := compile(t, `
enrich: [{name: zone, set: {zone: '"eu"'}}]
classify: [{name: slow, when: 'true', category: timing}]
redact: {detectors: {email: drop, jwt: off}, patterns: [{name: order, pattern: 'order-\d+'}]}
filter: [{name: health, when: 'false', action: drop}]
`)
	require.Equal(t, []pipeline.Rule{
		{logaggv1.RuleStage_RULE_STAGE_NORMALISE, "unknown-level"},
		{logaggv1.RuleStage_RULE_STAGE_NORMALISE, "level-from-message"},
		{logaggv1.RuleStage_RULE_STAGE_FILTER, "health"},
		{logaggv1.RuleStage_RULE_STAGE_REDACT, "credentials"},
		{logaggv1.RuleStage_RULE_STAGE_REDACT, "authorization"},
		{logaggv1.RuleStage_RULE_STAGE_REDACT, "private-key"},
		{logaggv1.RuleStage_RULE_STAGE_REDACT, "cloud-key"},
		{logaggv1.RuleStage_RULE_STAGE_REDACT, "card"},
		{logaggv1.RuleStage_RULE_STAGE_REDACT, "email"},
		{logaggv1.RuleStage_RULE_STAGE_REDACT, "order"},
		{logaggv1.RuleStage_RULE_STAGE_CLASSIFY, "slow"},
		{logaggv1.RuleStage_RULE_STAGE_ENRICH, "zone"},
	}, p.Rules())
}

func TestLevelsAreNormalised(t *testing.T) {
	tests := map[string]struct {
		entry entry.Entry
		want  entry.Level
		hits  []string
		text  string // The field level_text.
	}{
		"a name":               {entry.Entry{LevelText: "Warning"}, entry.Warn, nil, ""},
		"a number":             {entry.Entry{LevelText: "3"}, entry.Error, nil, ""},
		"none":                 {entry.Entry{Message: "x"}, entry.Unspecified, nil, ""},
		"none, in the message": {entry.Entry{Message: "[ERROR] x"}, entry.Error, []string{"level-from-message"}, ""},
		"the level goes first": {entry.Entry{LevelText: "info", Message: "[ERROR] x"}, entry.Info, nil, ""},
		"unknown":              {entry.Entry{LevelText: "loud", Message: "x"}, entry.Unspecified, []string{"unknown-level"}, "loud"},
		"unknown, in the message": {
			entry.Entry{LevelText: "loud", Message: "ERROR: x"}, entry.Error, []string{"unknown-level", "level-from-message"}, "loud",
		},
		"unknown, with such a field": {
			entry.Entry{LevelText: "loud", Fields: fields("level_text", "mine")}, entry.Unspecified, []string{"unknown-level"}, "mine",
		},
		"set already": {entry.Entry{Level: entry.Debug, Message: "ERROR: x"}, entry.Debug, nil, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := compile(t, "")
			r := p.Runner()
			require.True(t, r.Run(&test.entry))
			require.Equal(t, test.want, test.entry.Level)
			require.Equal(t, test.hits, hits(p, r))
			require.Equal(t, test.text, test.entry.Field("level_text"))
		})
	}
}

func TestFirstFilterRuleThatHitsDecides(t *testing.T) {
	p := compile(t, `
filter:
- {name: keep-shop, when: 'application == "shop"', action: keep}
- {name: drop-debug, when: 'level < INFO', action: drop}
- {name: drop-all, when: 'fields["drop"] == "yes"', action: drop}
`)
	r := p.Runner()
	require.True(t, r.Run(&entry.Entry{Application: "shop", LevelText: "debug"}))
	require.Equal(t, []string{"keep-shop"}, hits(p, r))
	require.False(t, r.Run(&entry.Entry{Application: "web", LevelText: "debug"}))
	require.Equal(t, []string{"drop-debug"}, hits(p, r))
	require.True(t, r.Run(&entry.Entry{Application: "web", LevelText: "info"}))
	require.Empty(t, r.Hits)
	require.False(t, r.Run(&entry.Entry{LevelText: "info", Fields: fields("drop", "yes")}))
	n, _ := count(t, p, r, "drop-debug")
	require.Equal(t, int64(1), n)
}

func TestExpressionThatFailsDoesNotHitAndIsCounted(t *testing.T) {
	p := compile(t, `
filter:
- {name: slow, when: 'int(fields["ms"]) > 100', action: drop}
- {name: some, when: 'level == ERROR', action: sample, rate: 0, by: 'message.substring(100)'}
enrich:
- {name: parts, set: {first: 'message.substring(0, 4)', rest: 'message.substring(50)'}}
`)
	r := p.Runner()
	require.False(t, r.Run(&entry.Entry{Message: "long", Fields: fields("ms", "412")}))
	require.True(t, r.Run(&entry.Entry{Message: "none", LevelText: "error"}))
	for name, want := range map[string][2]int64{"slow": {1, 1}, "some": {0, 1}, "parts": {1, 1}} {
		hits, failures := count(t, p, r, name)
		require.Equal(t, want, [2]int64{hits, failures}, name)
	}
}

func TestRedactionCoversMessageAndFields(t *testing.T) {
	p := compile(t, `redact: {patterns: [{name: order, pattern: 'order-\d+'}]}`)
	r := p.Runner()
	e := entry.Entry{
		Message: "paid order-1 and order-2",
		Fields:  fields("a", "order-3", "b", "x", "order-4", "1", "order-5", "2"),
	}
	require.True(t, r.Run(&e))
	require.Equal(t, "paid [redacted:order] and [redacted:order]", e.Message)
	require.Equal(t, fields("a", "[redacted:order]", "b", "x", "[redacted:order]", "1", "[redacted:order]_2", "2"), e.Fields)
	require.True(t, e.Redacted)
	require.Equal(t, []string{"order"}, hits(p, r))
	n, _ := count(t, p, r, "order")
	require.Equal(t, int64(1), n, "an entry counts once")

	clean := entry.Entry{Message: "nothing"}
	require.True(t, r.Run(&clean))
	require.False(t, clean.Redacted)
}

func TestDefaultRedacts(t *testing.T) {
	p := pipeline.Default()
	r := p.Runner()
	e := entry.Entry{Message: "login password=hunter2hunter2 ok", LevelText: "password=hunter2"}
	require.True(t, r.Run(&e))
	require.NotContains(t, e.Message, "hunter2")
	require.NotContains(t, e.Field("level_text"), "hunter2")
	require.True(t, e.Redacted)
	require.Equal(t, []string{"unknown-level", "credentials"}, hits(p, r))
}

func TestRulesAfterRedactionSeeNoSecret(t *testing.T) {
	p := compile(t, `
redact: {patterns: [{name: order, pattern: 'order-\d+'}]}
classify: [{name: c, when: 'message.contains("order-1") || fields["o"].contains("order-1")', category: leak}]
enrich: [{name: e, set: {copy: 'message + fields["o"]', split: 'fields["a"] + fields["b"]'}}]
`)
	r := p.Runner()
	e := entry.Entry{Message: "order-1", Fields: fields("o", "order-1", "a", "ord", "b", "er-1")}
	require.True(t, r.Run(&e))
	require.Empty(t, e.Category)
	require.Equal(t, "[redacted:order][redacted:order]", e.Field("copy"))
	require.Equal(t, "[redacted:order]", e.Field("split"), "what was put together is redacted too")
}

func TestEntryIsClassifiedAndThenEnriched(t *testing.T) {
	p := compile(t, `
classify:
- {name: one, when: 'message.startsWith("a")', category: first}
- {name: two, when: 'true', category: second}
enrich:
- {name: copy, set: {category: category, host: '"other"', level: level_name}}
- {name: force, when: 'category == "first"', overwrite: true, set: {host: 'fields["host"] + "!"', seen: 'fields["category"]'}}
`)
	r := p.Runner()
	e := entry.Entry{Message: "abc", LevelText: "W", Fields: fields("host", "web-1")}
	require.True(t, r.Run(&e))
	require.Equal(t, "first", e.Category)
	require.Equal(t, fields("host", "web-1!", "category", "first", "level", "warn", "seen", "first"), e.Fields)
	require.Equal(t, []string{"one", "copy", "force"}, hits(p, r))

	e = entry.Entry{Message: "xyz", Fields: fields("host", "")}
	require.True(t, r.Run(&e))
	require.Equal(t, fields("host", "", "category", "second", "level", ""), e.Fields, "a field that is empty exists")
	require.Equal(t, []string{"two", "copy"}, hits(p, r))
}

func TestValueThatIsTooLongIsNotSet(t *testing.T) {
	p := compile(t, `enrich: [{name: e, set: {copy: message + message}}]`)
	r := p.Runner()
	e := entry.Entry{Message: strings.Repeat("x", 16_384)}
	require.True(t, r.Run(&e))
	require.Len(t, e.Field("copy"), 32_768)
	e = entry.Entry{Message: strings.Repeat("x", 16_385)}
	require.True(t, r.Run(&e))
	require.Empty(t, e.Fields)
	hits, failures := count(t, p, r, "e")
	require.Equal(t, [2]int64{1, 1}, [2]int64{hits, failures})
}

func TestEnrichingIsBounded(t *testing.T) {
	var source strings.Builder
	source.WriteString("enrich:\n")
	for rule := range 8 {
		fmt.Fprintf(&source, "- {name: r%d, set: {", rule)
		for i := range 40 {
			fmt.Fprintf(&source, "f%d-%d: message, ", rule, i)
		}
		source.WriteString("}}\n")
	}
	p := compile(t, source.String())
	r := p.Runner()
	e := entry.Entry{Message: strings.Repeat("x", 32_768)}
	require.True(t, r.Run(&e))
	require.Len(t, e.Fields, 4, "128 KiB of values")
	e = entry.Entry{Message: "x"}
	require.True(t, r.Run(&e))
	require.Len(t, e.Fields, 256)
	hits, failures := count(t, p, r, "r7")
	require.Equal(t, [2]int64{0, 2}, [2]int64{hits, failures})
}

func TestKeyComesFromFileOrEnvironment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(path, []byte("0123456789abcdef\n"), 0o600))
	t.Setenv("SLUICE_TEST_KEY", "0123456789abcdef")
	message := func(key string) string {
		p := compile(t, "redact:\n  patterns: [{name: order, pattern: 'order-\\d+', action: hash}]\n  "+key)
		e := entry.Entry{Message: "order-1"}
		require.True(t, p.Runner().Run(&e))
		require.NotContains(t, e.Message, "order-1")
		return e.Message
	}
	require.Equal(t, message("hash_key_file: "+path), message("hash_key_env: SLUICE_TEST_KEY"))

	_, err := pipeline.Compile([]byte("redact:\n  detectors: {card: hash}\n  hash_key_env: SLUICE_TEST_UNSET"))
	require.ErrorContains(t, err, "line 3: redact: hash_key_env: the key has to have at least 16 bytes")
}

func TestRulesForATestReadNoFile(t *testing.T) {
	source := []byte("redact:\n  detectors: {card: hash}\n  hash_key_file: /nowhere/at/all")
	_, err := pipeline.Compile(source)
	require.ErrorContains(t, err, "line 3")
	_, err = pipeline.CompileForTest(source)
	require.NoError(t, err)
}

func FuzzCompile(f *testing.F) {
	for _, source := range []string{
		"", "filter: []", "filter:\n- {name: a, when: 'level < INFO', action: sample, rate: 0.5, by: message}",
		"normalise: {levels: {audit: info}, level_numbers: pino}",
		"redact: {detectors: {card: hash, email: drop}, patterns: [{name: a, pattern: 'x+', action: drop}], hash_key_env: K}",
		"classify: [{name: a, when: 'fields.exists(n, n == \"x\")', category: c}]",
		"enrich: [{name: a, set: &s {x: 'message.replace(\"a\", \"b\")', y: '\"z\"'}, overwrite: true}]",
		"filter: &a [*a]", "a: &a {b: *a}", "? [x]\n: y", "<<: {filter: []}", "enrich: [{name: 0, set: !0 {0}}]",
	} {
		f.Add([]byte(source))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		p, err := pipeline.CompileForTest(source)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		r := p.Runner()
		r.Run(&entry.Entry{Application: "a", Message: "b", LevelText: "c", Fields: fields("d", "e")})
		require.Len(t, r.Counts, len(p.Rules()))
	})
}
