package demo

import "strings"

// shown is how much is shown of what is too long for a line.
const shown = 16

// head is the beginning of a text whose rest says no more.
func head(text string) string {
	if len(text) <= shown {
		return text
	}
	return text[:shown] + "…"
}

// tail is the end of an identifier whose beginning many share.
func tail(text string) string {
	if len(text) <= shown {
		return text
	}
	return "…" + text[len(text)-shown:]
}

// wrapped breaks a text into lines of at most so many characters, between words
// where it can.
func wrapped(text string, width int) []string {
	var lines []string
	rest := []rune(text)
	for len(rest) > width {
		end := width
		for i := width; i > 0; i-- {
			if rest[i] == ' ' {
				end = i
				break
			}
		}
		lines = append(lines, strings.TrimRight(string(rest[:end]), " "))
		rest = []rune(strings.TrimLeft(string(rest[end:]), " "))
	}
	return append(lines, string(rest))
}
