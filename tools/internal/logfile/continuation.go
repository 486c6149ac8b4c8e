package logfile

import (
	"regexp"
	"strings"
)

// thrown is the line that begins the trace of an exception in Java, .NET and
// Python, and the one that ends it in Python.
var thrown = regexp.MustCompile(`^(?:Exception in thread .*|(?:[A-Za-z_$][\w$]*\.)*[A-Z][\w$]*(?:Exception|Error|Throwable|Fault|Interrupt|Warning)(?::.*)?|(?:[A-Za-z_$][\w$]*\.)+(?:Exception|Error|Throwable)(?::.*)?)$`)

// looksContinued tells whether a line goes on an entry, whatever the format.
func looksContinued(line string) bool {
	return line != "" && strings.IndexByte(" \t}])", line[0]) >= 0 || opensTrace(line)
}

// opensTrace tells whether a line belongs to a stack trace, so that those after
// it do too until the next entry.
func opensTrace(line string) bool {
	for _, prefix := range []string{
		"at ", "Caused by: ", "Suppressed: ", "Traceback (most recent call last)", "... ", "goroutine ", "panic: ",
		"During handling of the above exception", "The above exception was the direct cause", "--- End of ",
	} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return thrown.MatchString(line)
}
