// Package human turns amounts into text for people and back.
package human

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
)

// Size writes a number of bytes in binary units, such as `10 MiB`: those that sizes
// are configured in.
func Size(bytes int64) string {
	return humanize.IBytes(uint64(max(bytes, 0)))
}

// Rate writes a number of bytes a second, such as `350 MiB/s`.
func Rate(bytesPerSecond float64) string {
	return Size(int64(bytesPerSecond)) + "/s"
}

// Duration writes a time with the precision that people read: hundredths below
// ten seconds, tenths below a minute, seconds above.
func Duration(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 2, 64) + "s"
	case d < time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	}
	return d.Round(time.Second).String()
}

// Count writes a number and its noun, such as `1 file` or `1,000 files`.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return humanize.Comma(int64(n)) + " " + noun + "s"
}

// ParseSize reads a number of bytes such as `10MiB`, `1 GB` or `4096`.
func ParseSize(text string) (int64, error) {
	n, err := humanize.ParseBytes(text)
	if err != nil || n > 1<<62 {
		return 0, fmt.Errorf("%q is no size; write one such as 4096, 10MiB or 1GB", text)
	}
	return int64(n), nil
}

// ParseLifetime reads a time such as `90d`, `12h` or `30m`. Days and weeks are
// of 24 hours and 7 days, whatever the calendar says.
func ParseLifetime(text string) (time.Duration, error) {
	d, err := parseLifetime(text)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is no time; write one such as 90d, 12h or 30m", text)
	}
	return d, nil
}

func parseLifetime(text string) (time.Duration, error) {
	for suffix, unit := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if number, ok := strings.CutSuffix(text, suffix); ok {
			n, err := strconv.ParseUint(number, 10, 16)
			return time.Duration(n) * unit, err
		}
	}
	return time.ParseDuration(text)
}

// Text makes a text from elsewhere safe to show: what a terminal would not
// print, or would obey, is written as an escape.
func Text(s string) string {
	if strings.ContainsFunc(s, notPrintable) || !utf8.ValidString(s) {
		return strconv.Quote(s)
	}
	return s
}

func notPrintable(r rune) bool { return !strconv.IsPrint(r) }

// Left writes the time that something will still take, to the second.
func Left(d time.Duration) string {
	return d.Round(time.Second).String() + " left"
}
