package logfile

import (
	"fmt"
	"strings"
)

// Format is how entries are written.
type Format string

// The formats.
const (
	// FormatAuto is the one that most of the first lines are in.
	FormatAuto Format = ""
	// FormatAccess is the common and the combined access log of Apache and
	// nginx. The level follows the status: error from 500 on, warn from 400 on,
	// info below.
	FormatAccess Format = "combined"
	// FormatNginxError is the error log of nginx.
	FormatNginxError Format = "nginx-error"
	// FormatRFC3164 is BSD syslog, also with a timestamp of RFC 3339.
	FormatRFC3164 Format = "rfc3164"
	// FormatRFC5424 is syslog with structured data.
	FormatRFC5424 Format = "rfc5424"
	// FormatLog4j has a timestamp and then, as far as it is there, level, thread
	// and logger, as log4j, logback, Python and others write it.
	FormatLog4j Format = "log4j"
	// FormatKlog is that of glog and klog.
	FormatKlog Format = "klog"
	// FormatJSON has an object on each line.
	FormatJSON Format = "json"
	// FormatLogfmt has key=value pairs.
	FormatLogfmt Format = "logfmt"
	// FormatCRI is what container runtimes write for a pod.
	FormatCRI Format = "cri"
	// FormatPlain has lines without a timestamp.
	FormatPlain Format = "plain"
)

// FormatNames are the names that [ParseFormat] takes, for people.
const FormatNames = "auto, combined, nginx-error, rfc3164, rfc5424, log4j, klog, json, logfmt, cri or plain"

// ParseFormat reads one of [FormatNames], or another usual name of a format.
func ParseFormat(text string) (Format, error) {
	switch name := strings.ToLower(text); name {
	case "auto", "":
		return FormatAuto, nil
	case "common", "apache", "nginx", "access":
		return FormatAccess, nil
	case "syslog", "bsd":
		return FormatRFC3164, nil
	case "syslog5424":
		return FormatRFC5424, nil
	case "logback", "python", "java":
		return FormatLog4j, nil
	case "glog":
		return FormatKlog, nil
	case "jsonl", "ndjson", "docker":
		return FormatJSON, nil
	case string(FormatPlain):
		return FormatPlain, nil
	default:
		for _, f := range detected() {
			if string(f) == name {
				return f, nil
			}
		}
	}
	return FormatAuto, fmt.Errorf("%q is no format; give %s", text, FormatNames)
}

// Title names the format for people.
func (f Format) Title() string {
	switch f {
	case FormatAccess:
		return "access log (combined)"
	case FormatNginxError:
		return "nginx error log"
	case FormatRFC3164:
		return "syslog (RFC 3164)"
	case FormatRFC5424:
		return "syslog (RFC 5424)"
	case FormatLog4j:
		return "timestamp and level (log4j)"
	case FormatKlog:
		return "klog"
	case FormatJSON:
		return "JSON lines"
	case FormatLogfmt:
		return "logfmt"
	case FormatCRI:
		return "container log (CRI)"
	case FormatPlain:
		return "plain text"
	case FormatAuto:
	}
	return "no entries"
}
