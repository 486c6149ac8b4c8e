package rules_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline/level"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline/rules"
	"github.com/sluice-ingest/sluice/services/logagg/internal/redact"
)

const testKey = "0123456789abcdef"

func key(string, string) ([]byte, error) { return []byte(testKey), nil }

const whole = `
normalise:
  level_numbers: otel
  levels: {Audit: info, "8": fatal}
filter:
  - {name: drop-health, when: 'message.contains("/healthz")', action: drop}
  - name: some-debug
    when: |
      level <= DEBUG &&
      application == "shop"
    action: sample
    rate: 0.1
    by: fields["trace_id"]
redact:
  detectors: {email: replace, card: hash, jwt: off}
  patterns:
    - {name: order, pattern: 'order-\d+', action: drop}
  hash_key_env: KEY
classify:
  - {name: slow, when: 'fields["duration"] != ""', category: timing}
enrich:
  - name: zone
    set: {zone: '"eu-1"', who: application + "/" + category}
    overwrite: true
`

func TestFileIsReadWhole(t *testing.T) {
	file, err := rules.Parse([]byte(whole), key)
	require.NoError(t, err)
	require.Equal(t, level.Reader{Numbers: level.OTel, Own: map[string]entry.Level{"audit": entry.Info, "8": entry.Fatal}}, file.Levels)
	require.Len(t, file.Filter, 2)
	require.Equal(t, rules.Sample, file.Filter[1].Action)
	require.InDelta(t, 0.1, file.Filter[1].Rate, 0)
	require.NotNil(t, file.Filter[1].By)
	require.Equal(t, []redact.Detector{
		{Name: "credentials"}, {Name: "authorization"}, {Name: "private-key"}, {Name: "cloud-key"},
		{Name: "card", Action: redact.Hash}, {Name: "email"},
	}, file.Redact.Detectors)
	require.Equal(t, redact.Drop, file.Redact.Patterns[0].Action)
	require.Equal(t, testKey, string(file.Redact.HashKey))
	require.Equal(t, "timing", file.Classify[0].Category)
	require.True(t, file.Enrich[0].Overwrite)
	require.Nil(t, file.Enrich[0].When)
	require.Equal(t, []string{"zone", "who"}, []string{file.Enrich[0].Set[0].Name, file.Enrich[0].Set[1].Name}, "in the order of the file")
}

func TestEmptyFileIsTheDefault(t *testing.T) {
	for _, source := range []string{"", "\n", "# nothing\n", "---\n", "filter:\nredact:\n", "filter: []\nredact: {detectors: {}}", "{}"} {
		file, err := rules.Parse([]byte(source), nil)
		require.NoError(t, err, source)
		require.Len(t, file.Redact.Detectors, len(redact.Detectors())-1, "all but email")
		require.Empty(t, file.Filter)
	}
}

func TestAnchorsMayBeUsed(t *testing.T) {
	file, err := rules.Parse([]byte("filter:\n- {name: a, when: &c 'level < INFO', action: drop}\n- {name: b, when: *c, action: keep}\n"), key)
	require.NoError(t, err)
	require.NotNil(t, file.Filter[1].When)
}

func TestErrorsSayWhereAndWhat(t *testing.T) {
	tests := map[string]struct{ source, want string }{
		"no yaml":              {"filter: [", "line 1: did not find expected node content"},
		"not keys":             {"- a", "line 1: has to be keys with values, not a list"},
		"a second document":    {"filter: []\n---\n{}", "line 2: a second document"},
		"unknown stage":        {"\nfilters: []", `line 2: "filters" is not known; did you mean "filter"?`},
		"key twice":            {"filter: []\nfilter: []", `line 2: "filter" stands twice`},
		"no list":              {"filter: {}", "line 1: filter: has to be a list, not keys with values"},
		"rule is a text":       {"filter: [x]", `line 1: filter[0]: has to be keys with values, not "x"`},
		"no name":              {"filter:\n- {when: 'true', action: drop}", "line 2: filter[0]: needs a name"},
		"bad name":             {"filter:\n- {name: 'a b', when: 'true', action: drop}", "line 2: filter[0]: name: has to be 1 to 64 letters"},
		"name twice":           {"filter:\n- {name: a, when: 'true', action: drop}\n- {name: a, when: 'true', action: drop}", `line 3: filter[1] "a": has the name of the rule on line 2`},
		"no when":              {"filter:\n- {name: a, action: drop}", `line 2: filter[0] "a": needs "when"`},
		"unknown key":          {"filter:\n- name: a\n  wen: 'true'\n  action: drop", `line 3: filter[0] "a": "wen" is not known; did you mean "when"?`},
		"unknown action":       {"filter:\n- {name: a, when: 'true', action: dorp}", `line 2: filter[0] "a": action: "dorp" is not known; take one of drop, keep, sample; did you mean "drop"?`},
		"rate without sample":  {"filter:\n- {name: a, when: 'true', action: drop, rate: 1}", `filter[0] "a": rate: only the action sample has a rate`},
		"by without sample":    {"filter:\n- {name: a, when: 'true', action: drop, by: message}", `filter[0] "a": by: only the action sample has this`},
		"sample without rate":  {"filter:\n- {name: a, when: 'true', action: sample}", `filter[0] "a": needs "rate"`},
		"too many fields set":  {"enrich:\n- {name: a, set: {" + manyFields(65) + "}}", "set: sets 65 fields; at most 64 are taken"},
		"pattern too large":    {"redact:\n  patterns:\n  - {name: a, pattern: '(?:" + strings.Repeat("ab", 500) + "){1000}'}", "use smaller repetitions"},
		"rate too large":       {"filter:\n- {name: a, when: 'true', action: sample, rate: 1.5}", "rate: has to be a number from 0 to 1"},
		"rate is no number":    {"filter:\n- {name: a, when: 'true', action: sample, rate: .nan}", "rate: has to be a number from 0 to 1"},
		"condition of a text":  {"filter:\n- {name: a, when: message, action: drop}", `line 2: filter[0] "a": when: the expression gives string but has to be true or false`},
		"expression of an int": {"enrich:\n- name: a\n  set:\n    x: level", `line 4: enrich[0] "a": set: x: the expression gives int but has to give a text; string(…) makes one`},
		"unknown variable":     {"filter:\n- name: a\n  when: level > 3 && mesage == \"\"\n  action: drop", `line 3: filter[0] "a": when: there is no "mesage"; did you mean "message"? (column 22)`},
		"quoted":               {"filter:\n- {name: a, when: 'true && mesage == \"\"', action: drop}", `(column 28)`},
		"in a block":           {"filter:\n- name: a\n  action: drop\n  when: |\n    true &&\n      mesage == ''", `line 6: filter[0] "a": when: there is no "mesage"; did you mean "message"? (column 7)`},
		"folded":               {"filter:\n- name: a\n  action: drop\n  when: >\n    true &&\n    mesage == ''", `line 4: filter[0] "a": when: there is no "mesage"; did you mean "message"? (at 1:9 of the expression)`},
		"syntax of CEL":        {"filter:\n- {name: a, when: 'level >', action: drop}", `when: mismatched input '<EOF>'`},
		"types of CEL":         {"filter:\n- {name: a, when: 'level == \"x\"', action: drop}", `when: "==" can't be applied to (int, string) (column 26)`},
		"category too early":   {"filter:\n- {name: a, when: 'category == \"x\"', action: drop}", `there is no "category"`},
		"bad pattern of CEL":   {"filter:\n- {name: a, when: 'message.matches(\"(\")', action: drop}", "missing closing )"},
		"computed pattern":     {"filter:\n- {name: a, when: 'message.matches(application)', action: drop}", "the pattern of matches has to be a literal text (column 36)"},
		"fields as a whole":    {"filter:\n- {name: a, when: 'fields == {\"a\": \"b\"}', action: drop}", "fields can't be used as a whole here"},
		"unavailable function": {"enrich:\n- {name: a, set: {x: 'message.split(\",\")[0]'}}", "the function split is not available in rules"},
		"too much work":        {"filter:\n- {name: a, when: 'fields.exists(a, fields.exists(b, fields[a].contains(fields[b])))', action: drop}", "at most 10,000,000 are taken"},
		"level of nothing":     {"normalise:\n  levels:\n    audit: loud", `line 3: normalise: levels: audit: "loud" is no level`},
		"unknown scale":        {"normalise: {level_numbers: zap}", `normalise: level_numbers: "zap" is not known; take one of syslog, otel, python, pino`},
		"unknown detector":     {"redact:\n  detectors:\n    jvt: off", `line 3: redact: detectors: "jvt" is not known; did you mean "jwt"?`},
		"unknown redaction":    {"redact: {detectors: {jwt: mask}}", `redact: detectors: jwt: "mask" is not known; take one of replace, hash, drop, off`},
		"hash without a key":   {"redact: {detectors: {jwt: hash}}", "line 1: redact: the action hash needs a key: name its file in hash_key_file or its variable in hash_key_env"},
		"two keys":             {"redact: {hash_key_file: a, hash_key_env: b}", "name the key's file or its variable, not both"},
		"a detector's name":    {"redact:\n  patterns:\n  - {name: jwt, pattern: a}", `line 3: redact: patterns[0] "jwt": has the name of a detector; take another`},
		"a pattern's name":     {"redact: {patterns: [{name: 'a/b', pattern: a}]}", `a pattern's name is 1 to 64 letters, digits and _ . -`},
		"bad pattern":          {"redact: {patterns: [{name: a, pattern: '('}]}", "patterns[0] \"a\": pattern: error parsing regexp: missing closing )"},
		"empty pattern":        {"redact: {patterns: [{name: a, pattern: 'a*'}]}", "the pattern must not match the empty text"},
		"bad category":         {"classify: [{name: a, when: 'true', category: 'x y'}]", `category: has to be 1 to 64 letters, digits and _ . : / @ -`},
		"bad field":            {"enrich: [{name: a, set: {'x y': message}}]", "a field's name is 1 to 128 letters"},
		"no field":             {"enrich: [{name: a, set: {}}]", "name at least one field"},
		"empty condition":      {"enrich:\n- name: a\n  when:\n  set: {x: message}", `line 3: enrich[0] "a": when: has no value`},
		"empty field":          {"enrich: [{name: a, set: {x: }}]", `enrich[0] "a": set: x: has no value`},
		"empty level":          {"normalise: {levels: {audit: }}", "normalise: levels: audit: has no value"},
		"bad flag":             {"enrich: [{name: a, set: {x: message}, overwrite: maybe}]", `overwrite: "maybe" is not known; take one of false, true`},
		"when is a list":       {"filter: [{name: a, when: [], action: drop}]", "when: has to be a text, not a list"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := rules.Parse([]byte(test.source), key)
			require.ErrorContains(t, err, test.want)
		})
	}
}

// manyFields are so many fields with a value.
func manyFields(n int) string {
	var fields strings.Builder
	for i := range n {
		fmt.Fprintf(&fields, "k%d: message, ", i)
	}
	return fields.String()
}

func TestAllErrorsAreToldInTheOrderOfTheirLines(t *testing.T) {
	_, err := rules.Parse([]byte("enrich: [{name: a}]\nfilter:\n- {name: b, when: nope, action: x}\nother: 1\n"), key)
	require.EqualError(t, err, `line 1: enrich[0] "a": needs "set"
line 3: filter[0] "b": when: there is no "nope" (column 19)
line 3: filter[0] "b": action: "x" is not known; take one of drop, keep, sample
line 4: "other" is not known`)
}

func TestEachErrorIsToldOnce(t *testing.T) {
	_, err := rules.Parse([]byte("filter:\n- {name: b, name: c, when: , action: drop, x: 1}\n"), key)
	require.EqualError(t, err, `line 2: filter[0] "c": "name" stands twice
line 2: filter[0] "c": "x" is not known
line 2: filter[0] "c": when: has no value`)
}

func TestErrorsAreBounded(t *testing.T) {
	_, err := rules.Parse([]byte("filter:\n"+strings.Repeat("- x\n", 100)), key)
	require.ErrorContains(t, err, "and 50 more")
	_, err = rules.Parse([]byte("filter:\n"+strings.Repeat("- x\n", 300)), key)
	require.EqualError(t, err, "line 2: filter: has 300 rules; at most 256 are taken")
	_, err = rules.Parse([]byte(strings.Repeat("#", 2<<20)), key)
	require.ErrorContains(t, err, "at most 1048576")
}

func TestManyUnknownKeysAreRefusedSoon(t *testing.T) {
	var source strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&source, "k%x:\n", i)
	}
	began := time.Now()
	_, err := rules.Parse([]byte(source.String()), key)
	require.ErrorContains(t, err, `line 50: "k31" is not known`)
	require.Less(t, time.Since(began), time.Minute, "it is linear")
}

func TestKeyIsReadOnlyWhenItIsNeeded(t *testing.T) {
	fails := func(string, string) ([]byte, error) { return nil, errors.New("no such file") }
	_, err := rules.Parse([]byte("redact: {hash_key_file: gone}"), fails)
	require.NoError(t, err)
	_, err = rules.Parse([]byte("redact:\n  detectors: {card: hash}\n  hash_key_file: gone"), fails)
	require.EqualError(t, err, "line 3: redact: hash_key_file: no such file")
	_, err = rules.Parse([]byte("redact:\n  patterns: [{name: a, pattern: b, action: hash}]\n  hash_key_env: SHORT"), func(string, string) ([]byte, error) { return []byte("short"), nil })
	require.EqualError(t, err, "line 3: redact: hash_key_env: the key has to have at least 16 bytes")
}
