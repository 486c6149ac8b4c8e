package logfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/logfile"
)

// timesOf reads a file that was modified at a time, and returns the times of its
// entries without their seconds.
func timesOf(t *testing.T, content []byte, modified time.Time) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.log")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	require.NoError(t, os.Chtimes(path, modified, modified))
	in, file, err := logfile.OpenFile(path, logfile.Options{Location: time.UTC})
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	var times []string
	for e, err := range in.Entries() {
		require.NoError(t, err)
		times = append(times, e.Time.UTC().Format("2006-01-02 15:04"))
	}
	return times
}

// stamps makes lines of syslog.
func stamps(times ...string) []byte {
	var text strings.Builder
	for _, at := range times {
		text.WriteString(at + " h p: m\n")
	}
	return []byte(text.String())
}

func TestAMissingYearIsFoundByTheFilesTime(t *testing.T) {
	at := func(text string) time.Time {
		parsed, err := time.Parse("2006-01-02 15:04", text)
		require.NoError(t, err)
		return parsed
	}
	for name, test := range map[string]struct {
		lines    []string
		modified string
		want     []string
	}{
		"this year":                   {[]string{"Mar 27 13:06:56", "Apr 20 14:14:29"}, "2015-04-20 14:15", []string{"2015-03-27 13:06", "2015-04-20 14:14"}},
		"last year":                   {[]string{"Mar 27 13:06:56"}, "2016-01-02 00:00", []string{"2015-03-27 13:06"}},
		"a clock that is ahead":       {[]string{"Dec 31 23:59:59", "Jan  1 20:00:00"}, "2015-12-31 23:59", []string{"2015-12-31 23:59", "2016-01-01 20:00"}},
		"the turn of the year":        {[]string{"Dec 31 23:59:59", "Jan  1 00:00:01"}, "2016-01-01 00:01", []string{"2015-12-31 23:59", "2016-01-01 00:00"}},
		"disorder at the turn":        {[]string{"Dec 31 23:59:58", "Jan  1 00:00:01", "Dec 31 23:59:59", "Jan  1 00:00:02"}, "2016-01-01 00:01", []string{"2015-12-31 23:59", "2016-01-01 00:00", "2015-12-31 23:59", "2016-01-01 00:00"}},
		"two turns":                   {[]string{"Nov 01 00:00:00", "Mar 01 00:00:00", "Aug 01 00:00:00", "Dec 01 00:00:00", "Jan 05 00:00:00"}, "2016-01-06 00:00", []string{"2014-11-01 00:00", "2015-03-01 00:00", "2015-08-01 00:00", "2015-12-01 00:00", "2016-01-05 00:00"}},
		"a copy that is younger":      {[]string{"Nov 20 00:00:00", "Nov 25 00:00:00", "Dec 15 00:00:00"}, "2026-11-23 03:00", []string{"2025-11-20 00:00", "2025-11-25 00:00", "2025-12-15 00:00"}},
		"a gap of many months":        {[]string{"Jan 01 00:00:00", "Nov 24 00:00:00"}, "2026-11-25 00:00", []string{"2026-01-01 00:00", "2026-11-24 00:00"}},
		"files in a wrong order":      {[]string{"Jun 01 00:00:00", "Mar 01 00:00:00"}, "2026-11-25 00:00", []string{"2026-06-01 00:00", "2026-03-01 00:00"}},
		"the day of a leap year":      {[]string{"Feb 29 12:00:00"}, "2023-05-05 00:00", []string{"2020-02-29 12:00"}},
		"a leap day in its leap year": {[]string{"Feb 28 12:00:00", "Feb 29 12:00:00", "Mar  1 12:00:00"}, "2024-03-01 13:00", []string{"2024-02-28 12:00", "2024-02-29 12:00", "2024-03-01 12:00"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, timesOf(t, stamps(test.lines...), at(test.modified)))
			require.Equal(t, test.want, timesOf(t, zipped(t, string(stamps(test.lines...))), at(test.modified)), "packed")
		})
	}
}

// A stream is not known to its end, so that its first line lies near now.
func TestAMissingYearInAStreamIsFoundByTheClock(t *testing.T) {
	entries, _ := read(t, string(stamps("Dec 31 23:59:59", "Jan 01 00:00:00", "Nov 24 11:00:00", "Nov 24 13:00:00")), options())
	var years []int
	for _, e := range entries {
		years = append(years, e.Time.Year())
	}
	require.Equal(t, []int{2025, 2026, 2026, 2025}, years)
}

func TestAMissingDateIsThatOfTheFile(t *testing.T) {
	line := " [main] INFO a.B - x\n"
	modified := time.Date(2026, 1, 2, 1, 0, 0, 0, time.UTC)
	require.Equal(t, []string{"2026-01-01 22:00", "2026-01-01 23:59", "2026-01-02 00:30"},
		timesOf(t, []byte("22:00:00.000"+line+"23:59:00.000"+line+"00:30:00.000"+line), modified))
	require.Equal(t, []string{"2025-12-31 23:00", "2026-01-01 09:00", "2026-01-01 20:00", "2026-01-02 00:30"},
		timesOf(t, []byte("23:00:00.000"+line+"09:00:00.000"+line+"20:00:00.000"+line+"00:30:00.000"+line), modified))
}

func TestTimesWithoutAZoneAreOfTheLocation(t *testing.T) {
	location, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	o := options()
	o.Location = location
	for line, want := range map[string]string{
		"Jul 1 12:00:00 h p: m":                   "2026-07-01T10:00:00Z",
		"Jan 1 12:00:00 h p: m":                   "2026-01-01T11:00:00Z",
		"2024-07-01 12:00:00 INFO x":              "2024-07-01T10:00:00Z",
		"2024-07-01 12:00:00 +0000 INFO x":        "2024-07-01T12:00:00Z",
		"2024-07-01T12:00:00Z INFO x":             "2024-07-01T12:00:00Z",
		"2024-07-01T12:00:00,5+05:30 INFO x":      "2024-07-01T06:30:00.5Z",
		"2024-07-01 12:00:00 - INFO - x":          "2024-07-01T10:00:00Z",
		"I0701 12:00:00.000001 1 a.go:1] x":       "2026-07-01T10:00:00.000001Z",
		`{"time":"2024-07-01 12:00:00"}`:          "2024-07-01T10:00:00Z",
		"2024-06-30 23:59:60 INFO a leap second":  "2024-06-30T22:00:00Z",
		"Mon Jul 01 12:00:00 2024 h p[1]: a date": "2024-07-01T10:00:00Z",
	} {
		entries, in := read(t, line, o)
		require.NotEqual(t, logfile.FormatPlain, in.Format(), line)
		require.Equal(t, want, entries[0].Time.UTC().Format(time.RFC3339Nano), line)
	}
}
