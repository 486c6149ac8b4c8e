package logfile

import (
	"strings"

	"github.com/go-logfmt/logfmt"
)

// logfmtParser reads key=value pairs. A key without a value is of no use.
type logfmtParser struct{ clock *clock }

func (p logfmtParser) parse(line string, e *Entry) bool {
	if !beginsWithPair(line) {
		return false
	}
	found := pairs{}
	decoder := logfmt.NewDecoderSize(strings.NewReader(line), len(line)+1)
	for decoder.ScanRecord() {
		for decoder.ScanKeyval() {
			if value := decoder.Value(); value != nil {
				found[string(decoder.Key())] = string(value)
			}
		}
	}
	return decoder.Err() == nil && found.put(e, line, p.clock)
}

// beginsWithPair tells whether a line may be logfmt before it is read as such.
func beginsWithPair(line string) bool {
	key, _, ok := strings.Cut(line, "=")
	return ok && key != "" && strings.IndexFunc(key, isStrange) < 0
}
