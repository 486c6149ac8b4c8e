package clamd

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// What clamd answers to INSTREAM. Only its complaint about a slow content has no
// zero byte at its end.
const (
	answerClean   = "stream: OK\x00"
	answerTooLong = "INSTREAM size limit exceeded. ERROR\x00"
	answerLate    = "COMMAND READ TIMED OUT\n"
	findingPrefix = "stream: "
	findingSuffix = " FOUND\x00"
	failureSuffix = " ERROR\x00"
)

// What the names of those alerts begin with that are no findings.
const (
	limitAlert     = "Heuristics.Limits.Exceeded"
	encryptedAlert = "Heuristics.Encrypted."
)

const (
	// maxSignature is how many bytes of a signature's name are kept.
	maxSignature = 256
	// maxExcerpt is how many bytes of an answer an error shows.
	maxExcerpt = 128
)

// parseVerdict takes nothing for clean but the one answer that says so.
func parseVerdict(answer string) (core.ScanVerdict, error) {
	if answer == answerClean {
		return core.ScanVerdict{}, nil
	}
	if name, ok := signature(answer); ok {
		return finding(name)
	}
	switch {
	case answer == answerTooLong:
		return core.ScanVerdict{}, fmt.Errorf("longer than clamd's StreamMaxLength: %w", core.ErrUnscannable)
	case answer == answerLate:
		return core.ScanVerdict{}, errors.New(
			"clamd gave up waiting for the content: is the store slow, or clamd's ReadTimeout too short?")
	case strings.HasSuffix(answer, failureSuffix):
		return core.ScanVerdict{}, fmt.Errorf("clamd could not scan: %s: look at its log", excerpt(answer))
	}
	return core.ScanVerdict{}, fmt.Errorf("not an answer to INSTREAM, %s: is it clamd at all?", excerpt(answer))
}

// signature returns the name in an answer that tells of a finding.
func signature(answer string) (name string, ok bool) {
	name, ok = strings.CutPrefix(answer, findingPrefix)
	if !ok {
		return "", false
	}
	name, ok = strings.CutSuffix(name, findingSuffix)
	return name, ok && name != ""
}

// finding tells what clamd found from what it could not look into.
func finding(name string) (core.ScanVerdict, error) {
	if strings.HasPrefix(name, limitAlert) || strings.HasPrefix(name, encryptedAlert) {
		return core.ScanVerdict{}, fmt.Errorf("clamd could not look into all of it, %s: %w", excerpt(name), core.ErrUnscannable)
	}
	return core.ScanVerdict{Infected: true, Signature: printable(name)}, nil
}

// printable makes a name of at most 256 bytes that can be stored and shown
// anywhere.
func printable(name string) string {
	name = name[:min(len(name), maxSignature)]
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, name)
}

func excerpt(answer string) string { return strconv.Quote(answer[:min(len(answer), maxExcerpt)]) }
