package logfile

// parser reads the first line of an entry. It is false for a line that is not in
// its format, and has then left nothing in the entry that matters.
type parser interface {
	parse(line string, e *Entry) bool
}

// detected are the formats that are told from each other, those first that take
// fewer lines: of two that take as many it is the first.
func detected() []Format {
	return []Format{
		FormatJSON, FormatAccess, FormatNginxError, FormatRFC5424, FormatCRI, FormatKlog, FormatRFC3164, FormatLog4j, FormatLogfmt,
	}
}

// newParser returns nil for plain text, which has no line of its own.
func newParser(f Format, c *clock) parser {
	switch f {
	case FormatJSON:
		return jsonParser{c}
	case FormatAccess:
		return accessParser{c}
	case FormatNginxError:
		return nginxErrorParser{c}
	case FormatRFC5424:
		return newRFC5424Parser()
	case FormatCRI:
		return criParser{c}
	case FormatKlog:
		return klogParser{c}
	case FormatRFC3164:
		return rfc3164Parser{c}
	case FormatLog4j:
		return log4jParser{c}
	case FormatLogfmt:
		return logfmtParser{c}
	case FormatAuto, FormatPlain:
	}
	return nil
}
