package logfile

import (
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Stdin is the name of an input that has no file.
const Stdin = "-"

// Options say how to read an input. The zero value finds out by itself.
type Options struct {
	Format Format
	// Application of all entries. Empty: the program that the line names, or else
	// the file's name.
	Application string
	// Level of entries whose line has none.
	Level string
	// Location of timestamps that name no zone. Nil: that of the machine.
	Location *time.Location
	// Reference is the time near which timestamps lie that have no year, at most
	// a day after it: the file's modification time. Zero: now.
	Reference time.Time
	// Linger is how long an entry waits for further lines of it when the input
	// has no more at the moment. 0: until there are some, which is right for
	// files.
	Linger time.Duration
	// Now is the clock for entries without a timestamp. Nil: time.Now.
	Now func() time.Time
	// Found is told of the format, and again when lines that come later show
	// another than plain. Nil: nobody.
	Found func(Format)
}

// withDefaults fills in what is not set.
func (o Options) withDefaults() Options {
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Reference.IsZero() {
		o.Reference = o.Now()
	}
	if o.Found == nil {
		o.Found = func(Format) {}
	}
	return o
}

// rotated is what rotation and compression put behind a file's name.
var rotated = regexp.MustCompile(`(?i)([.-]\d{1,14}(-\d{2}){0,2}|\.gz|\.log|\.txt|\.out|\.err|\.jsonl?|\.ndjson|\.csv)$`)

// ApplicationOf returns the application that a file's name stands for: the name
// without its folder, its extension and what log rotation put behind it.
func ApplicationOf(path string) string {
	if path == Stdin {
		return "stdin"
	}
	base := filepath.Base(path)
	for {
		shorter := rotated.ReplaceAllString(base, "")
		if shorter == base || strings.Trim(shorter, "_.:/@-") == "" {
			break
		}
		base = shorter
	}
	if name := applicationName(base); name != "" {
		return name
	}
	return "unknown"
}
