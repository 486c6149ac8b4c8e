package level

import (
	"strings"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// jsonLimit is how far a JSON object is looked through.
const jsonLimit = 4096

// inJSON returns the level of a JSON object: the value of the first top-level
// key that is a level's. What comes after the limit, or is no JSON, is not
// looked at.
func (r *Reader) inJSON(text string) entry.Level {
	s := jsonScanner{text: text[1:min(len(text), jsonLimit)]}
	for {
		key, ok := s.key()
		if !ok {
			return entry.Unspecified
		}
		value, ok := s.value()
		if !ok {
			return entry.Unspecified
		}
		if isLevelKey(key) {
			level, _ := r.Parse(value)
			return level
		}
	}
}

// isLevelKey tells whether a key's value is the entry's level.
func isLevelKey(key string) bool {
	var buffer [longest]byte
	lower, ok := lowered(&buffer, key)
	if !ok {
		return false
	}
	switch string(lower) {
	case "level", "lvl", "severity", "loglevel", "log_level", "log.level", "levelname", "level_name",
		"severitytext", "severity_text", "priority", "@l":
		return true
	}
	return false
}

// jsonScanner goes over the keys and values of an object, as far as finding
// their ends needs.
type jsonScanner struct {
	text string
}

// key takes the next key and its colon.
func (s *jsonScanner) key() (string, bool) {
	s.text = strings.TrimLeft(s.text, ", \t\r\n")
	key, ok := s.quoted()
	if !ok {
		return "", false
	}
	s.text = strings.TrimLeft(s.text, " \t\r\n")
	if s.text == "" || s.text[0] != ':' {
		return "", false
	}
	s.text = strings.TrimLeft(s.text[1:], " \t\r\n")
	return key, true
}

// value takes the next value: a text without its quotes, a number or word, or
// nothing for what is nested.
func (s *jsonScanner) value() (string, bool) {
	if s.text == "" {
		return "", false
	}
	switch s.text[0] {
	case '"':
		return s.quoted()
	case '{', '[':
		return "", s.skipNested()
	}
	end := strings.IndexAny(s.text, ",} \t\r\n")
	if end <= 0 {
		return "", false
	}
	value := s.text[:end]
	s.text = s.text[end:]
	return value, true
}

// quoted takes a text in quotes. Escapes are left as they are.
func (s *jsonScanner) quoted() (string, bool) {
	if s.text == "" || s.text[0] != '"' {
		return "", false
	}
	for i := 1; i < len(s.text); i++ {
		switch s.text[i] {
		case '\\':
			i++
		case '"':
			value := s.text[1:i]
			s.text = s.text[i+1:]
			return value, true
		}
	}
	return "", false
}

// skipNested takes an object or array.
func (s *jsonScanner) skipNested() bool {
	depth := 0
	for s.text != "" {
		switch s.text[0] {
		case '"':
			if _, ok := s.quoted(); !ok {
				return false
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.text = s.text[1:]
		if depth == 0 {
			return true
		}
	}
	return false
}
