package core

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/problem"
)

func TestNamesThatAreTaken(t *testing.T) {
	for _, name := range []string{
		"a", "report.csv", "größe.txt", "日本語.txt", "a..b.txt", ".hidden", "a b.txt", "12:30.log", "COM.txt", "console.txt",
		"👩\u200d🔬.png", "می\u200cخواهم.txt", strings.Repeat("x", 255),
	} {
		require.NoError(t, CheckName(name), "%q", name)
	}
}

func TestNamesThatAreRefused(t *testing.T) {
	tests := []struct{ name, advice string }{
		{"", "is empty"},
		{strings.Repeat("x", 256), "has 256 bytes; give a name of at most 255"},
		{strings.Repeat("ü", 128), "has 256 bytes"},
		{"a\xff.txt", "not UTF-8"},
		{".", "is a path and no name"},
		{"..", "is a path and no name"},
		{"../etc/passwd", "path separator"},
		{"/etc/passwd", "path separator"},
		{`..\boot.ini`, "path separator"},
		{"a\x00.txt", "control character"},
		{"a\n.txt", "control character"},
		{"a\u0085.txt", "control character"},
		{"a\u2028.txt", "control character"},
		{"annual\u202efdp.exe", "right-to-left override"},
		{"a\u200b.txt", "invisible"},
		{"\ufeffa.txt", "invisible"},
		{"gro\u0308ße.txt", "normalization form C"},
		{" a.txt", "begins or ends with a space"},
		{"a.txt ", "begins or ends with a space"},
		{"a.", "ends with a dot"},
		{"COM¹.txt", "reserved"},
		{"CON", "reserved"},
		{"con.txt", "reserved"},
		{"Lpt1.tar.gz", "reserved"},
		{"NUL .txt", "reserved"},
	}
	for _, test := range tests {
		err := CheckName(test.name)
		require.Equal(t, problem.NameInvalid, problem.ReasonOf(err), "%q", test.name)
		require.ErrorContains(t, err, test.advice, "%q", test.name)
	}
}
