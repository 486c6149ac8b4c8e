package core

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// maxNameBytes is what the common file systems take for one name.
const maxNameBytes = 255

// windowsDevices are reserved on Windows with any extension; see "Naming Files,
// Paths, and Namespaces" in the Win32 documentation.
const windowsDevices = " CON PRN AUX NUL COM0 COM1 COM2 COM3 COM4 COM5 COM6 COM7 COM8 COM9 " +
	"LPT0 LPT1 LPT2 LPT3 LPT4 LPT5 LPT6 LPT7 LPT8 LPT9 CONIN$ CONOUT$ " +
	"COM¹ COM² COM³ LPT¹ LPT² LPT³ "

// CheckName accepts the names that every system can store and show as what they
// are. The error has reason NAME_INVALID.
func CheckName(name string) error {
	if len(name) > maxNameBytes {
		return problem.InField(problem.NameInvalid, "file_name", "has %d bytes; give a name of at most %d", len(name), maxNameBytes)
	}
	for _, rule := range nameRules {
		if rule.broken(name) {
			return problem.InField(problem.NameInvalid, "file_name", "%s", rule.advice)
		}
	}
	return nil
}

type nameRule struct {
	broken func(string) bool
	advice string
}

var nameRules = []nameRule{
	{func(n string) bool { return n == "" }, "is empty; give a name of 1 to 255 bytes"},
	{func(n string) bool { return !utf8.ValidString(n) }, "is not UTF-8; give a name in UTF-8"},
	{func(n string) bool { return n == "." || n == ".." }, "is a path and no name; give the name of a file"},
	{func(n string) bool { return strings.ContainsAny(n, `/\`) }, `has a path separator (/ or \); give a name without folders`},
	{hasControl, "has a control character; remove it"},
	{hasFormatting, "has an invisible formatting character, such as a right-to-left override; remove it"},
	{func(n string) bool { return !norm.NFC.IsNormalString(n) }, "is not in Unicode normalization form C; normalise it"},
	{endsBadly, "begins or ends with a space, or ends with a dot; remove it"},
	{isDevice, "is reserved for a device on Windows; choose another"},
}

func hasControl(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool {
		return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp)
	})
}

// hasFormatting finds characters that change how a name looks. The two joiners
// stay allowed: scripts and emoji need them.
func hasFormatting(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool {
		const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d'
		return unicode.Is(unicode.Cf, r) && r != zeroWidthNonJoiner && r != zeroWidthJoiner
	})
}

func endsBadly(name string) bool {
	return strings.HasPrefix(name, " ") || strings.HasSuffix(name, " ") || strings.HasSuffix(name, ".")
}

func isDevice(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.ToUpper(strings.TrimRight(stem, " "))
	return stem != "" && strings.Contains(windowsDevices, " "+stem+" ")
}

// NameRule is what the names of a tenant's files have to match.
type NameRule struct {
	expression string
	whole      *regexp.Regexp
}

// NewNameRule returns the rule that a whole name matches an RE2 expression, as
// package regexp has it.
func NewNameRule(expression string) (*NameRule, error) {
	// By itself first: what would close the group around it must not pass.
	if _, err := regexp.Compile(expression); err != nil {
		return nil, err
	}
	whole, err := regexp.Compile(`\A(?:` + expression + `)\z`)
	if err != nil {
		return nil, err
	}
	return &NameRule{expression: expression, whole: whole}, nil
}

// check refuses a name with reason NAME_INVALID. A nil rule refuses none.
func (r *NameRule) check(name string) error {
	if r == nil || r.whole.MatchString(name) {
		return nil
	}
	return problem.InField(problem.NameInvalid, "file_name", "has to match %s as a whole here; choose another name", r.expression)
}
