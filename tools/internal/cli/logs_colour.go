package cli

import "github.com/sluice-ingest/sluice/libs/client"

// The colours of a terminal that entries are shown in.
const (
	plainColour = ""
	dim         = "\x1b[2m"
	bold        = "\x1b[1m"
	reset       = "\x1b[0m"
)

// colourOf is the colour of a level's name.
func colourOf(l client.Level) string {
	switch {
	case l >= client.LevelFatal:
		return "\x1b[1;97;41m" // white on red
	case l >= client.LevelError:
		return "\x1b[1;31m" // red
	case l >= client.LevelWarn:
		return "\x1b[33m" // yellow
	case l >= client.LevelInfo:
		return "\x1b[32m" // green
	case l >= client.LevelDebug:
		return "\x1b[36m" // cyan
	}
	return dim
}

// messageColour is that of a message: only what is grave, or fine, stands out.
func messageColour(l client.Level) string {
	switch {
	case l >= client.LevelError:
		return "\x1b[31m"
	case l == client.LevelTrace, l == client.LevelDebug:
		return dim
	}
	return plainColour
}

// paint colours a text where colours are wanted.
func (p *logPrinter) paint(colour, text string) string {
	if !p.colour || colour == plainColour || text == "" {
		return text
	}
	return colour + text + reset
}
