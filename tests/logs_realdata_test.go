package tests

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// realLogs are files of each format that is read here: with what real ones have,
// such as stack traces, missing sizes, and times without a year over New Year.
var realLogs = map[string]string{
	"own_access.log": `83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /a.png HTTP/1.1" 200 203023 "http://b.example/" "Mozilla/5.0 (X; rv:1)"` + "\n" +
		`::1 - frank [28/Feb/2016:23:59:59 +0530] "POST /x?y=1%20 HTTP/1.1" 404 - "-" "curl/7"` + "\n" +
		`10.0.0.1 - - [01/Jan/2017:00:00:00 -0800] "\x16\x03" 500 226` + "\n",
	"own_auth.log": "Dec 31 23:59:59 ip-10 sshd[1291]: Server listening on :: port 22.\n" +
		"Jan  1 00:00:01 ip-10 sudo:   ubuntu : TTY=pts/0 ; PWD=/home/ubuntu ; COMMAND=/bin/ls\n" +
		"Jan 12 13:08:09 ip-10 sshd[99]: error: Received disconnect from 10.0.0.2: 11: [preauth]\n" +
		"Feb 28 13:08:09 ip-10 CRON[7]: pam_unix(cron:session): session opened for user root by (uid=0)\n",
	"own_state.log": "[2016-12-19 20:44:59,210] TRACE Controller 0 (Leader:0) for partition x (state.change.logger)\n" +
		"[2016-12-19 20:44:59,209] ERROR It broke (state.change.logger)\njava.io.IOException: x\n\tat a.B.c(B.java:1)\n" +
		"[2016-12-19 20:45:00,000] WARN größer (state.change.logger)\n",
}

// realFormat is a format of log files, read by regular expressions and the
// layouts of package time alone.
type realFormat struct {
	line   *regexp.Regexp
	layout string
	// want returns the level and the text of a line's groups, of which the first
	// is the timestamp.
	want func(line string, groups []string) (level, text string)
}

func realFormats() []realFormat {
	return []realFormat{
		{
			regexp.MustCompile(`^\S+ \S+ .+? \[([^\]]+)\] ".*" ([1-5]\d\d) (?:\d+|-)(?: |$)`), "02/Jan/2006:15:04:05 -0700",
			func(line string, groups []string) (string, string) {
				return map[byte]string{'4': "warn", '5': "error"}[groups[2][0]], line
			},
		},
		{
			regexp.MustCompile(`^(\w{3} [ \d]\d [\d:]{8}) \S+ [^\s:\[]+(?:\[\d+\])?: (.*)$`), "2006 Jan _2 15:04:05",
			func(_ string, groups []string) (string, string) {
				level, _, _ := strings.Cut(groups[2], ":")
				return level, groups[2]
			},
		},
		{
			regexp.MustCompile(`^\[([\d-]+ [\d:]+,\d{3})\] ([A-Z]+) (.*) \([a-zA-Z.]+\)$`), "2006-01-02 15:04:05,000",
			func(_ string, groups []string) (string, string) { return groups[2], groups[3] },
		},
	}
}

// TestEveryLineOfRealLogsIsFoundAgain has the command line send log files: those
// above, and those in the folder `logs` of the environment's SLUICE_TESTDATA.
// Each of their lines is found by a search, with its time, level and text.
func TestEveryLineOfRealLogsIsFoundAgain(t *testing.T) {
	var paths []string
	dir := t.TempDir()
	for name, text := range realLogs {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		paths = append(paths, path)
	}
	if dir := os.Getenv("SLUICE_TESTDATA"); dir == "" {
		t.Log("SLUICE_TESTDATA is not set: only the built-in lines are sent")
	} else {
		more, err := filepath.Glob(filepath.Join(dir, "logs", "*"))
		require.NoError(t, err)
		require.NotEmpty(t, more, "SLUICE_TESTDATA has no logs to send")
		paths = append(paths, more...)
	}
	binary := testkit.Build(t, "tools", "./cmd/sluice")
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) { testRealLog(t, binary, path) })
	}
}

func testRealLog(t *testing.T, binary, path string) {
	t.Helper()
	ctx := bounded(t)
	lines, want := readRealLog(t, path)
	s := startLogs(t)
	outcome := testkit.Run(t, testTime, binary, "logs", "send", path, "--addr", s.Addr, "--json", "--timezone", "UTC", "--producer", "real")
	require.Zero(t, outcome.ExitCode, outcome.Output)
	var summary struct {
		Received int64 `json:"total_received"`
		Indexed  int64 `json:"indexed_count"`
		Durable  int64 `json:"durable_sequence"`
		Inputs   []struct {
			Lines    int64 `json:"lines"`
			Unparsed int64 `json:"unparsed_lines"`
		} `json:"inputs"`
	}
	_, summaryText, found := strings.Cut(outcome.Output, `{"status"`)
	require.True(t, found, outcome.Output)
	require.NoError(t, json.Unmarshal([]byte(`{"status"`+summaryText), &summary), outcome.Output)
	require.Equal(t, int64(len(want)), summary.Received, outcome.Output)
	require.Equal(t, summary.Received, summary.Indexed)
	require.Equal(t, lines, summary.Inputs[0].Lines)
	require.Zero(t, summary.Inputs[0].Unparsed)
	request := oldestFirst(nil)
	request.WaitFor = waitFor("real", summary.Durable)
	got := s.searchAll(ctx, t, request, 5000)
	require.Len(t, got, len(want))
	for i, r := range want.oldestFirst() {
		require.Equal(t, r.GetMessage(), got[i].GetMessage(), "entry %d", i)
		require.Equal(t, time.Unix(0, r.GetTimestamp()).UTC(), time.Unix(0, got[i].GetTimestamp()).UTC(), got[i].GetMessage())
		require.Equal(t, r.GetLevel(), got[i].GetLevel(), got[i].GetMessage())
	}
	t.Logf("%d lines are found again in %d entries", lines, len(want))
	// Each text finds its entry, of which every so many is tried.
	for i := 0; i < len(want); i += max(1, len(want)/50) {
		text := want[i].GetMessage()
		found, _, err := s.search(ctx, oldestFirst(&logaggv1.LogFilter{
			Texts: []*logaggv1.TextMatcher{{Text: text[:min(len(text), 1000)]}}, StartTime: new(want[i].GetTimestamp()), EndTime: new(want[i].GetTimestamp() + 1),
		}))
		require.NoError(t, err)
		require.True(t, slices.ContainsFunc(found, func(r *logRecord) bool { return r.GetMessage() == text }), text)
	}
}

// readRealLog returns the number of a file's lines and the entries that they
// make. A line without a head goes on the entry before it.
func readRealLog(t *testing.T, path string) (count int64, want indexedLogs) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	formats := realFormats()
	at := slices.IndexFunc(formats, func(f realFormat) bool { return f.line.MatchString(lines[0]) })
	require.GreaterOrEqual(t, at, 0, "no format of this test: %s", lines[0])
	var stamps []string
	for _, line := range lines {
		groups := formats[at].line.FindStringSubmatch(line)
		if groups == nil {
			want[len(want)-1].Message += "\n" + line
			continue
		}
		level, text := formats[at].want(line, groups)
		want = append(want, &logRecord{Message: text, Level: realLevel(at, level)})
		stamps = append(stamps, groups[1])
	}
	setRealTimes(t, path, formats[at].layout, stamps, want)
	return int64(len(lines)), want
}

// realLevel is what a word means: in an access log none is info, and in the text
// of syslog only the head of a message names a level.
func realLevel(format int, word string) logaggv1.Level {
	if format == 0 && word == "" {
		return logaggv1.Level_LEVEL_INFO
	}
	switch strings.ToLower(word) {
	case "trace":
		return logaggv1.Level_LEVEL_TRACE
	case "debug":
		return logaggv1.Level_LEVEL_DEBUG
	case "info", "notice":
		return logaggv1.Level_LEVEL_INFO
	case "warn", "warning":
		return logaggv1.Level_LEVEL_WARN
	case "error":
		return logaggv1.Level_LEVEL_ERROR
	case "fatal", "critical":
		return logaggv1.Level_LEVEL_FATAL
	default:
		return logaggv1.Level_LEVEL_UNSPECIFIED
	}
}

// setRealTimes reads the timestamps, from the last to the first. One without a
// year is of the latest year in which it is neither more than a day after the
// file's own time, nor more than half a year after the line behind it.
func setRealTimes(t *testing.T, path, layout string, stamps []string, want indexedLogs) {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	limit := info.ModTime().Add(24 * time.Hour)
	for i, stamp := range slices.Backward(stamps) {
		if !strings.HasPrefix(layout, "2006 ") {
			at, err := time.Parse(layout, stamp)
			require.NoError(t, err)
			want[i].Timestamp = at.UnixNano()
			continue
		}
		at := latestYear(t, layout, stamp, limit)
		want[i].Timestamp = at.UnixNano()
		limit = at.AddDate(0, 6, 0)
	}
}

func latestYear(t *testing.T, layout, stamp string, limit time.Time) time.Time {
	t.Helper()
	for year := limit.UTC().Year(); year > limit.Year()-9; year-- {
		at, err := time.Parse(layout, time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Format("2006 ")+stamp)
		if err == nil && !at.After(limit) { // 29 February is not in every year.
			return at
		}
	}
	t.Fatalf("no year for %s", stamp)
	return time.Time{}
}
