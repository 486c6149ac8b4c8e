package logfile_test

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/logfile"
)

// expectation is what a line must give, computed with regular expressions and
// the layouts of package time, by which nothing of this package works.
type expectation struct {
	format logfile.Format
	line   *regexp.Regexp
	layout string
	// want returns level, application and message of a line's groups. The first
	// group is the timestamp.
	want func(line string, groups []string) (level, application, message string)
}

func expectations() map[string]expectation {
	return map[string]expectation{
		"apache_access.log": {
			logfile.FormatAccess, regexp.MustCompile(`^\S+ \S+ .+? \[([^\]]+)\] ".*" ([1-5]\d\d) (?:\d+|-)(?: |$)`), "02/Jan/2006:15:04:05 -0700",
			func(line string, groups []string) (string, string, string) {
				level := map[byte]string{'4': "warn", '5': "error"}[groups[2][0]]
				if level == "" {
					level = "info"
				}
				return level, "apache_access", line
			},
		},
		"auth.log": {
			logfile.FormatRFC3164, regexp.MustCompile(`^(\w{3} [ \d]\d [\d:]{8}) \S+ ([^\s:\[]+)(?:\[\d+\])?: (.*)$`), "2006 Jan _2 15:04:05",
			func(_ string, groups []string) (string, string, string) { return "", groups[2], groups[3] },
		},
		"kafka_state_change.log": {
			logfile.FormatLog4j, regexp.MustCompile(`^\[([\d-]+ [\d:]+,\d{3})\] ([A-Z]+) (.*) \(([a-z.]+)\)$`), "2006-01-02 15:04:05,000",
			func(_ string, groups []string) (string, string, string) {
				return groups[2], "kafka_state_change", groups[3]
			},
		},
	}
}

// samples are lines of the kind, for where there are no files.
func samples() map[string]string {
	return map[string]string{
		"apache_access.log":      `83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /a.png HTTP/1.1" 404 203023 "-" "Mozilla/5.0"` + "\n",
		"auth.log":               "Mar 27 13:06:56 ip-10 sshd[1291]: Server listening on :: port 22.\nApr  1 13:08:09 ip-10 sudo:   ubuntu : TTY=pts/0\n",
		"kafka_state_change.log": "[2016-12-19 20:44:59,210] TRACE Controller 0 (Leader:0) for partition x (state.change.logger)\n",
	}
}

// The files are samples of the kinds, and those in the folder `logs` of the
// environment's SLUICE_TESTDATA.
func TestEveryLineOfTheRealFilesIsParsed(t *testing.T) {
	dir := filepath.Join(os.Getenv("SLUICE_TESTDATA"), "logs")
	for name, want := range expectations() {
		own := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(own, []byte(samples()[name]), 0o600))
		paths := []string{own}
		if os.Getenv("SLUICE_TESTDATA") == "" {
			t.Log("SLUICE_TESTDATA is not set: only the built-in lines are read")
		} else {
			paths = append(paths, filepath.Join(dir, name))
		}
		for _, path := range paths {
			t.Run(path, func(t *testing.T) { want.check(t, path) })
		}
	}
}

// What else is in the folder is read to its last line in a format that it has.
func TestFurtherRealFilesAreParsed(t *testing.T) {
	paths := []string{filepath.Join(t.TempDir(), "own.log")}
	require.NoError(t, os.WriteFile(paths[0], []byte("2024-01-02 03:04:05.678 [main] ERROR c.e.Class - it broke\n"), 0o600))
	if dir := os.Getenv("SLUICE_TESTDATA"); dir != "" {
		more, err := filepath.Glob(filepath.Join(dir, "logs", "*"))
		require.NoError(t, err)
		require.NotEmpty(t, more)
		paths = append(paths, more...)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		in, file, err := logfile.OpenFile(path, logfile.Options{})
		require.NoError(t, err)
		var joined strings.Builder
		for e, err := range in.Entries() {
			require.NoError(t, err)
			joined.WriteString(e.Raw + "\n")
		}
		require.NoError(t, file.Close())
		require.NotEqual(t, logfile.FormatPlain, in.Format(), path)
		require.Zero(t, in.Stats().Unparsed, path)
		require.Equal(t, strings.TrimRight(string(content), "\n"), strings.TrimRight(joined.String(), "\n"), path)
	}
}

func (x expectation) check(t *testing.T, path string) {
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	modified := time.Date(2015, 5, 1, 0, 0, 0, 0, time.UTC)
	in, second, err := logfile.OpenFile(path, logfile.Options{Location: time.UTC, Reference: modified})
	require.NoError(t, err)
	defer func() { require.NoError(t, second.Close()) }()
	require.Equal(t, x.format, in.Format())

	expected := bufio.NewScanner(file)
	count := 0
	for e, err := range in.Entries() {
		require.NoError(t, err)
		require.True(t, expected.Scan())
		count++
		line := expected.Text()
		groups := x.line.FindStringSubmatch(line)
		require.NotNil(t, groups, line)
		stamp := groups[1]
		if strings.HasPrefix(x.layout, "2006 ") {
			stamp = "2015 " + stamp
		}
		at, err := time.Parse(x.layout, stamp)
		require.NoError(t, err)
		level, application, message := x.want(line, groups)
		require.True(t, at.Equal(e.Time), "%s: %s", line, e.Time)
		require.Equal(t, []string{level, application, message, line}, []string{e.Level, e.Application, e.Message, e.Raw})
		require.Equal(t, count, e.Line)
	}
	require.False(t, expected.Scan(), "lines are missing")
	require.Equal(t, logfile.Stats{Lines: int64(count), Entries: int64(count)}, in.Stats())
	t.Logf("%d lines", count)
}
