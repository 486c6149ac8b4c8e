package condition_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline/condition"
)

func environment(tb testing.TB) *condition.Environment {
	tb.Helper()
	env, err := condition.NewEnvironment()
	require.NoError(tb, err)
	return env
}

func sample() *entry.Entry {
	return &entry.Entry{
		Application: "shop", Level: entry.Warn, Timestamp: 1_700_000_000_123_456_789,
		Message: "GET /healthz 200 in 412ms",
		Fields:  []entry.Field{{Name: "host", Value: "web-1"}, {Name: "http.status", Value: "200"}, {Name: "empty", Value: ""}},
	}
}

func TestConditionsSeeTheEntry(t *testing.T) {
	for text, want := range map[string]bool{
		`true`:                                          true,
		`application == "shop"`:                         true,
		`application in ["bar", "shop"]`:                true,
		`application in ["bar", "pub"]`:                 false,
		`level >= WARN`:                                 true,
		`level > WARN`:                                  false,
		`level == UNSPECIFIED`:                          false,
		`level_name == "warn"`:                          true,
		`message.contains("/healthz")`:                  true,
		`message.startsWith("POST")`:                    false,
		`message.matches("in [0-9]+ms$")`:               true,
		`matches(message, "^POST")`:                     false,
		`message.lowerAscii().contains("get")`:          true,
		`size(message) > 20`:                            true,
		`fields["host"] == "web-1"`:                     true,
		`fields.host == "web-1"`:                        true,
		`fields["http.status"] == "200"`:                true,
		`int(fields["http.status"]) < 300`:              true,
		`timestamp < timestamp("2023-11-14T22:13:21Z")`: true,
		`timestamp.getHours() == 22`:                    true,
	} {
		requireHolds(t, text, want)
	}
}

func requireHolds(t *testing.T, text string, want bool) {
	t.Helper()
	c, problems := environment(t).Condition(text)
	require.Empty(t, problems, text)
	var vars condition.Vars
	vars.Set(sample())
	holds, ok := c.Holds(&vars)
	require.True(t, ok, text)
	require.Equal(t, want, holds, text)
}

func TestFieldThatIsAbsentIsTheEmptyText(t *testing.T) {
	for text, want := range map[string]bool{
		`fields["gone"] == ""`:                          true,
		`fields.gone == ""`:                             true,
		`fields["gone"].contains("x")`:                  false,
		`"gone" in fields`:                              false,
		`has(fields.gone)`:                              false,
		`has(fields.host)`:                              true,
		`"host" in fields`:                              true,
		`"empty" in fields`:                             true,
		`has(fields.empty)`:                             true,
		`size(fields) == 3`:                             true,
		`fields.exists(n, n == "host")`:                 true,
		`fields.exists(n, fields[n].startsWith("web"))`: true,
		`fields.all(n, fields[n] != "")`:                false,
		`fields[application] == ""`:                     true,
	} {
		requireHolds(t, text, want)
	}
}

func TestPatternsMayCount(t *testing.T) {
	e := &entry.Entry{Message: "order 12345 of 2026-11-23"}
	vars := &condition.Vars{}
	vars.Set(e)
	for text, want := range map[string]bool{
		`message.matches("[0-9]{4}-[0-9]{2}-[0-9]{2}")`: true,
		`message.matches("[0-9]{6,}")`:                  false,
	} {
		compiled, problems := environment(t).Condition(text)
		require.Empty(t, problems, text)
		holds, ok := compiled.Holds(vars)
		require.True(t, ok)
		require.Equal(t, want, holds, text)
	}
}

func TestPatternThatIsTooLargeIsRefusedBeforeItTakesMemory(t *testing.T) {
	pattern := "(?:" + strings.Repeat("ab", 1000) + "){1000}"
	_, problems := environment(t).Condition(`message.matches("` + pattern + `")`)
	require.Len(t, problems, 1)
	require.Contains(t, problems[0].Text, "use smaller repetitions")
	_, err := condition.Pattern(pattern)
	require.ErrorContains(t, err, "use smaller repetitions")
}

func BenchmarkHolds(b *testing.B) {
	for _, text := range []string{
		`level >= WARN`,
		`application == "shop"`,
		`application in ["bar", "shop"]`,
		`message.contains("nowhere")`,
		`message.matches("in [0-9]+s$")`,
		`fields["host"] == "web-1"`,
		`level < INFO && application == "shop" && fields["gone"] == "x"`,
		`fields.exists(n, n == "x")`,
	} {
		b.Run(text, func(b *testing.B) {
			c, problems := environment(b).Condition(text)
			require.Empty(b, problems)
			var vars condition.Vars
			e := sample()
			b.ReportAllocs()
			for b.Loop() {
				vars.Set(e)
				c.Holds(&vars)
			}
		})
	}
}
