package logfile

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sluice-ingest/sluice/tools/internal/pointfile"
)

// pairs are the names and values of a line of JSON or logfmt.
type pairs map[string]string

// names say what a value is, the more telling ones first. They are in lower
// case and found in any.
type names []string

var (
	timeNames = names{
		"@timestamp", "timestamp", "time", "ts", "datetime", "date_time", "date", "eventtime", "t", "t.$date", "@t",
		"_source_realtime_timestamp", "__realtime_timestamp",
	}
	levelNames       = names{"level", "severity", "lvl", "log.level", "loglevel", "levelname", "level_name", "@l", "priority", "s"}
	messageNames     = names{"message", "msg", "short_message", "event", "log", "@m", "@mt", "textpayload"}
	applicationNames = names{
		"application", "app", "service", "service.name", "service_name", "app_name", "appname", "syslog_identifier",
		"program", "logger", "log.logger", "logger_name",
	}
)

// first returns the value of the first of the names that is there and fits, and
// its name in the pairs. spelt has the names as they are in the pairs by those in
// lower case.
func (n names) first(p pairs, spelt map[string]string, fits func(string) bool) (name, value string) {
	for _, wanted := range n {
		if name, ok := spelt[wanted]; ok && fits(p[name]) {
			return name, p[name]
		}
	}
	return "", ""
}

// put fills an entry. It is false when there is no time.
func (p pairs) put(e *Entry, line string, c *clock) bool {
	spelt := make(map[string]string, len(p))
	sorted := slices.Sorted(maps.Keys(p))
	for _, name := range sorted {
		spelt[strings.ToLower(name)] = name
	}
	at, _ := timeNames.first(p, spelt, func(value string) (ok bool) {
		e.Time, ok = parseTime(value, c)
		return ok
	})
	if at == "" {
		return false
	}
	level, levelText := levelNames.first(p, spelt, func(value string) bool { return value != "" && len(value) <= maxLevel })
	message, text := messageNames.first(p, spelt, func(value string) bool { return value != "" })
	_, application := applicationNames.first(p, spelt, func(value string) bool { return applicationName(value) != "" })
	e.Level, e.Message, e.Application = levelText, strings.TrimRight(text, "\r\n"), applicationName(application)
	if e.Message == "" {
		e.Message = line
	}
	for _, name := range sorted {
		if name != at && name != level && name != message {
			e.set(name, p[name])
		}
	}
	return true
}

// earliest is the smallest number that is taken for a time, in nanoseconds: in
// 1973, below which its unit would be another one.
const earliest = 1e17

// parseTime reads a timestamp in any of the ways that lines begin with, or a
// number since 1970 whose unit is told by its size.
func parseTime(text string, c *clock) (time.Time, bool) {
	if m, rest, ok := scanMoment(text); ok && rest == "" && m.year != 0 {
		return c.time(m)
	}
	if text == "" || strings.Trim(text, "0123456789.eE+-") != "" {
		return time.Time{}, false
	}
	nanoseconds, err := pointfile.ParseTimestamp(text, pointfile.UnitAuto, c.location)
	return time.Unix(0, nanoseconds), err == nil && nanoseconds >= earliest
}
