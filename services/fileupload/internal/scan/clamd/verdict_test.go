package clamd

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

func TestASignatureCanBeShownAnywhere(t *testing.T) {
	for answered, kept := range map[string]string{
		"Win.Test.EICAR_HDB-1":          "Win.Test.EICAR_HDB-1",
		"Two words FOUND":               "Two words FOUND",
		"new\nline \x1b[31m \xff":       "new?line ?[31m ?",
		strings.Repeat("x", 300):        strings.Repeat("x", maxSignature),
		strings.Repeat("x", 255) + "é":  strings.Repeat("x", 255) + "?",
		"Heuristics.Phishing.Email.Foo": "Heuristics.Phishing.Email.Foo",
	} {
		verdict, err := parseVerdict("stream: " + answered + " FOUND\x00")
		require.NoError(t, err)
		require.Equal(t, core.ScanVerdict{Infected: true, Signature: kept}, verdict)
	}
}

func TestAnAnswerThatIsNoVerdictSaysWhatToLookAt(t *testing.T) {
	for answer, advice := range map[string]string{
		answerLate: "is the store slow, or clamd's ReadTimeout too short?",
		"stream: Can't allocate memory ERROR\x00": "look at its log",
		"stream: Eicar FOUND":                     "is it clamd at all?",
	} {
		_, err := parseVerdict(answer)
		require.ErrorContains(t, err, advice)
		require.NotErrorIs(t, err, core.ErrUnscannable)
	}
}

func FuzzParseVerdict(f *testing.F) {
	for _, answer := range []string{
		answerClean, answerTooLong, answerLate, "", "stream: ", "stream: FOUND\x00", "stream: a FOUND\x00",
		"stream: a\xff\n FOUND\x00", "stream: Heuristics.Limits.Exceeded.MaxFiles FOUND\x00",
		"stream: Heuristics.Encrypted.Zip FOUND\x00", "stream: x ERROR\x00",
	} {
		f.Add(answer)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		verdict, err := parseVerdict(answer)
		found := strings.HasPrefix(answer, "stream: ") && strings.HasSuffix(answer, " FOUND\x00")
		switch {
		case err != nil:
			require.Zero(t, verdict)
			require.True(t, utf8.ValidString(err.Error()))
			require.Less(t, len(err.Error()), 1000)
			if found && len(answer) > len("stream:  FOUND\x00") {
				require.ErrorIs(t, err, core.ErrUnscannable)
			}
		case verdict.Infected:
			require.True(t, found)
			require.NotEmpty(t, verdict.Signature)
			require.True(t, utf8.ValidString(verdict.Signature))
			require.LessOrEqual(t, len(verdict.Signature), maxSignature)
			require.Equal(t, -1, strings.IndexFunc(verdict.Signature, unicode.IsControl))
		default:
			require.Equal(t, "stream: OK\x00", answer)
			require.Empty(t, verdict.Signature)
		}
		require.False(t, errors.Is(err, core.ErrUnscannable) && verdict.Infected)
	})
}
