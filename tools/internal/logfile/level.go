package logfile

import "strings"

// isLevel tells whether a word is the name of a level, in any case.
func isLevel(word string) bool {
	switch strings.ToUpper(word) {
	case "TRACE", "DEBUG", "INFO", "INFORMATION", "NOTICE", "WARN", "WARNING", "ERROR", "ERR", "CRIT", "CRITICAL",
		"FATAL", "ALERT", "EMERG", "EMERGENCY", "PANIC", "DPANIC", "SEVERE", "CONFIG", "FINE", "FINER", "FINEST",
		"VERBOSE", "VRB", "DBG", "INF", "WRN", "FTL", "LOG":
		return true
	}
	return false
}

// isLoudLevel tells whether a word stands for a level wherever it is found: in
// upper case.
func isLoudLevel(word string) bool {
	return isLevel(word) && word == strings.ToUpper(word)
}

// severityName is that of a severity of syslog.
func severityName(severity int) string {
	return [...]string{"emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"}[severity&7]
}

// facilityName is that of a facility of syslog, empty for one that is not known.
func facilityName(facility int) string {
	names := [...]string{
		"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
		"audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
	}
	if facility < 0 || facility >= len(names) {
		return ""
	}
	return names[facility]
}
