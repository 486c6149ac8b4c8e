package logfile_test

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/logfile"
)

// corpus has a line of each format.
func corpus() []string {
	return []string{
		`1.2.3.4 - f [17/May/2015:10:05:03 +0200] "GET /a?c=\"d\" HTTP/1.1" 404 20 "http://b/" "M"`,
		`2015/05/17 10:05:03 [error] 31#7: *12 open() "/x", client: 1.2.3.4, request: "GET /x HTTP/1.1", host: "b:80"`,
		"<165>1 0003-10-11T22:14:15.003Z h a 8 - - m", "<34>Oct  1 22:14:15 h su[1]: m", "2024-01-02T03:04:05.123456+01:00 h p[12]: m", "Feb 29 22:14:15 h p: m",
		`<165>1 2003-10-11T22:14:15.003000001-07:00 host app 8 ID47 [ex@32473 iut="3" src="App\]x"] An event`,
		"[2016-12-19 20:44:59,210] TRACE Controller (state.change.logger)", "2024-01-02 03:04:05.678 [main] ERROR c.e.Class - m",
		"2024-01-02T03:04:05.678+01:00  INFO 12345 --- [shop] [main] c.e.App : Started", "[2024-01-02T03:04:05,678][WARN ][o.e.n.Node ] [node-1] m",
		"[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 4328] [client 72.15.99.187:1] m",
		"Jan 02, 2024 3:04:05 PM com.example.App main\nSEVERE: it broke\n\tat a.b(C.java:1)", "03:04:05.678 [main] DEBUG Retry - again",
		"W0102 15:04:05.678901   12345 server.go:123] m", `{"ts":1448841245.678,"level":"warn","msg":"slow","a":{"b":[1,{"c":null}]}}`,
		`ts=2024-01-02T03:04:05.678Z level=info msg="a \"b\" c"`, "2016-10-06T00:17:09.669794202Z stderr P m\n2016-10-06T00:17:09.669794202Z stderr F m",
		"plain\n  indented\n\nTraceback (most recent call last)\nX\n", "\x00\xff\r\n", "\ufeff", "<", "[", "{", "\"",
	}
}

var (
	applicationRule = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:/@-]{0,254}$`)
	fieldRule       = regexp.MustCompile(`^[A-Za-z0-9_.:/@-]{1,128}$`)
)

// acceptable checks an entry against the limits of the service.
func acceptable(t *testing.T, e logfile.Entry) {
	t.Helper()
	require.Regexp(t, applicationRule, e.Application)
	require.LessOrEqual(t, len(e.Level), 32)
	require.LessOrEqual(t, len(e.Message), logfile.MaxMessage)
	require.LessOrEqual(t, len(e.Fields), 128)
	require.True(t, e.Message != "" || len(e.Fields) > 0)
	require.True(t, utf8.ValidString(e.Message+e.Level+e.Raw))
	for name, value := range e.Fields {
		require.Regexp(t, fieldRule, name)
		require.NotEmpty(t, value)
		require.LessOrEqual(t, len(value), 32<<10)
		require.True(t, utf8.ValidString(value))
	}
	require.Positive(t, e.Line)
	require.Positive(t, e.Lines)
	require.False(t, e.Time.IsZero())
	require.True(t, e.Time.Equal(time.Unix(0, e.Time.UnixNano())), "the time is beyond 64 bits of nanoseconds")
}

// fuzz reads any text in a format: no line is lost, and every entry is one that
// the service takes.
func fuzz(f *testing.F, format logfile.Format) {
	f.Helper()
	for _, text := range corpus() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o := options()
		o.Format = format
		in, err := logfile.NewInput(strings.NewReader(text), "a.log", o)
		if err != nil {
			return
		}
		entries, lines, next := int64(0), 0, 1
		for e, err := range in.Entries() {
			if err != nil {
				return
			}
			acceptable(t, e)
			if e.Lines == 1 && in.Format() != logfile.FormatJSON && in.Format() != logfile.FormatLogfmt {
				require.Contains(t, e.Raw, e.Message)
			}
			require.GreaterOrEqual(t, e.Line, next)
			next = e.Line + e.Lines
			entries++
			lines += e.Lines
		}
		stats := in.Stats()
		require.Equal(t, entries, stats.Entries)
		require.LessOrEqual(t, int64(lines), stats.Lines)
		require.GreaterOrEqual(t, stats.Entries+stats.Joined, int64(nonBlank(text)))
	})
}

// nonBlank counts the lines of a text that is not packed.
func nonBlank(text string) int {
	count := 0
	if strings.HasPrefix(text, "\x1f\x8b") {
		return 0
	}
	for line := range strings.SplitSeq(strings.TrimPrefix(strings.ReplaceAll(text, "\x00", ""), "\ufeff"), "\n") {
		if strings.TrimSpace(strings.ToValidUTF8(line, "\ufffd")) != "" {
			count++
		}
	}
	return count
}

func FuzzDetection(f *testing.F) { fuzz(f, logfile.FormatAuto) }

func FuzzAccess(f *testing.F) { fuzz(f, logfile.FormatAccess) }

func FuzzNginxError(f *testing.F) { fuzz(f, logfile.FormatNginxError) }

func FuzzRFC3164(f *testing.F) { fuzz(f, logfile.FormatRFC3164) }

func FuzzRFC5424(f *testing.F) { fuzz(f, logfile.FormatRFC5424) }

func FuzzLog4j(f *testing.F) { fuzz(f, logfile.FormatLog4j) }

func FuzzKlog(f *testing.F) { fuzz(f, logfile.FormatKlog) }

func FuzzJSON(f *testing.F) { fuzz(f, logfile.FormatJSON) }

func FuzzLogfmt(f *testing.F) { fuzz(f, logfile.FormatLogfmt) }

func FuzzCRI(f *testing.F) { fuzz(f, logfile.FormatCRI) }
