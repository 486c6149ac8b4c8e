package postgres

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// errAddress quotes nothing of an address that can't be read: any piece of it may be
// of the password.
var errAddress = errors.New("the address of the database can't be read: write postgres://USER:PASSWORD@HOST:PORT/DATABASE, " +
	"with %2F %3F %40 %25 for / ? @ % in user, password and database")

// isURL tells a URL from a string of keywords and values.
func isURL(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// endsInPassword tells whether the server of a URL ends within its password, the
// rest of which would be taken for the database or a setting, whose names errors tell.
func endsInPassword(address string) bool {
	if !isURL(address) {
		return false
	}
	_, behind, _ := strings.Cut(address, "://")
	behind, query, _ := strings.Cut(behind, "?")
	_, path, _ := strings.Cut(behind, "/")
	setting, _, _ := strings.Cut(query, "=")
	return strings.Contains(path, "@") || strings.Contains(setting, "@")
}

// quoted is what pgx quotes of an address, to the end if a quote is open.
var quoted = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*(?:\"|$)|`[^`]*(?:`|$)")

// withoutAddress says why an address can't be used, and does not quote it.
func withoutAddress(address string, err error) error {
	const endOfAddress = "`: " // in pgx's texts
	text := err.Error()
	end := strings.LastIndex(text, endOfAddress)
	if end < 0 || !isURL(address) {
		return errAddress
	}
	text = quoted.ReplaceAllLiteralString(text[end+len(endOfAddress):], "...")
	return fmt.Errorf("the address of the database can't be used: %s", text)
}

// oneLineError is an error with a text of several lines, on one.
type oneLineError struct{ error }

// onOneLine gives an error a text of one line. pgx has a line for each address that it
// tried, and tries one twice where TLS is optional.
func onOneLine(err error) error { return oneLineError{err} }

// Unwrap returns the error.
func (e oneLineError) Unwrap() error { return e.error }

// Error has every line once.
func (e oneLineError) Error() string {
	text, last := "", ""
	for line := range strings.Lines(e.error.Error()) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line == last:
			continue
		case text == "":
		case strings.HasSuffix(text, ":"):
			text += " "
		default:
			text += "; "
		}
		text, last = text+line, line
	}
	return text
}
