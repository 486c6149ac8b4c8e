package logfile

import (
	"strings"
	"time"
	"unicode/utf8"
)

// The limits of the service.
const (
	// MaxMessage is the longest message in bytes, and the longest line that is
	// kept.
	MaxMessage     = 256 << 10
	maxApplication = 255
	maxLevel       = 32
	maxFields      = 128
	maxFieldName   = 128
	maxFieldValue  = 32 << 10
)

// Entry is a log entry as its lines have it.
type Entry struct {
	Time time.Time
	// Level as it is written, empty for none.
	Level string
	// Message is the text behind what the fields tell. For an access log and for
	// JSON and logfmt without a message it is the whole line, so that a search
	// for its text finds it.
	Message     string
	Application string
	Fields      map[string]string

	// Line is the number of its first line, from 1, and Lines how many it has.
	Line, Lines int
	// Raw are its lines as they were read.
	Raw string

	// rest is what the entry expects of the next line.
	rest rest
	// shortened tells that something was too long for the service.
	shortened bool
}

// rest is what a line announces for the next one.
type rest int

const (
	restNone rest = iota
	// restLevel has the level and the message on a line of its own, as
	// java.util.logging does.
	restLevel
	// restMessage goes on with the message in the middle of a line, as a
	// container runtime does.
	restMessage
)

// set gives the entry a field. An empty value is as good as none.
func (e *Entry) set(name, value string) {
	name = fieldName(name)
	switch {
	case name == "" || value == "":
		return
	case e.Fields == nil:
		e.Fields = make(map[string]string, 8)
	case len(e.Fields) == maxFields && e.Fields[name] == "":
		e.shortened = true
		return
	}
	e.Fields[name] = e.cut(value, maxFieldValue)
}

// cut shortens a text to so many bytes, between two characters.
func (e *Entry) cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	e.shortened = true
	return cutText(text, limit)
}

func cutText(text string, limit int) string {
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}

// fieldName puts an underscore for each character that a field's name may not
// have.
func fieldName(name string) string {
	if len(name) > maxFieldName {
		name = cutText(name, maxFieldName)
	}
	return replaceRunes(name)
}

// applicationName makes a name out of what a line or a file is called. It is
// empty when nothing of it can be used.
func applicationName(text string) string {
	name := strings.Trim(replaceRunes(text), "_.:/@-")
	if len(name) > maxApplication {
		name = name[:maxApplication]
	}
	return name
}

// replaceRunes puts an underscore for what no name may have.
func replaceRunes(name string) string {
	if strings.IndexFunc(name, isStrange) < 0 {
		return name
	}
	return strings.Map(func(r rune) rune {
		if isStrange(r) {
			return '_'
		}
		return r
	}, name)
}

func isStrange(r rune) bool {
	switch r {
	case '_', '.', ':', '/', '@', '-':
		return false
	}
	return !isAlphanumeric(r)
}

func isAlphanumeric(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}
