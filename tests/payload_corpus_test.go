package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// notUTF8 stands for bytes that are no UTF-8. No protobuf library sends them, so
// they are put into the encoded message.
const notUTF8 = "NOT-UTF-8"

// payloads are texts that mean something to what might stand behind a service:
// a file system, SQL, a shell, a template, a terminal, a parser. The word in
// most of them is what to look for where none of them may be.
func payloads() []string {
	var all []string
	for _, some := range [][]string{
		pathPayloads(), sqlPayloads(), shellPayloads(), markupPayloads(), parserPayloads(), formatPayloads(),
		controlPayloads(), unicodePayloads(), linePayloads(), regexPayloads(), numberPayloads(), identifierPayloads(), longPayloads(),
	} {
		all = append(all, some...)
	}
	return append(all, notUTF8)
}

const payloadWord = "sluicebreach"

func pathPayloads() []string {
	const w = payloadWord
	return []string{
		"../" + w, "../../../../../../../../tmp/" + w, "/tmp/" + w, "/etc/passwd", "./" + w, "..", ".", "/", "//" + w, "~/" + w,
		`..\..\` + w, `C:\Windows\` + w, `\\server\share\` + w, "....//....//" + w, "..%2f..%2f" + w, "%2e%2e%2f" + w, "..%252f" + w,
		"..%c0%af" + w, "file:///tmp/" + w, "/proc/self/environ", "/dev/zero", "CON", "nul.txt", "aux.bin", w + "::$DATA",
		w + ".txt/../../x", w + "\x00.txt", "..;/" + w, ".git/config", "catalog.db", "catalog.db-wal", "LOCK", w + ".", w + " ", " " + w, "-rf", "--" + w,
	}
}

func sqlPayloads() []string {
	const w = payloadWord
	return []string{
		"'", "''", `"`, "`", "' OR '1'='1", `" OR ""="`, "' OR 1=1 --", "1; DROP TABLE files; --", "'; DROP TABLE points; --",
		"'; DELETE FROM logs WHERE '1'='1", "' UNION SELECT * FROM sqlite_master --", "x' AND 1=(SELECT COUNT(*) FROM duckdb_tables()) --",
		"'; ATTACH '/tmp/" + w + "' AS x; --", "'; COPY (SELECT 1) TO '/tmp/" + w + "'; --", "'; INSTALL httpfs; LOAD httpfs; --",
		"' || load_extension('" + w + "') || '", "%", "_", "%%", "%' OR name LIKE '%", `\%`, `\_`, `\`, `\\`, `\'`, "/* " + w + " */", "*/", "#" + w,
		"');--", "')) OR (('1'='1", "0x53454c454354", "CHAR(39)", "$$" + w + "$$", "$1", "?", ":name", "@@version", "NULL", "null", "x'; PRAGMA writable_schema=1; --",
	}
}

func shellPayloads() []string {
	const w = payloadWord
	return []string{
		"$(touch /tmp/" + w + ")", "`touch /tmp/" + w + "`", "; touch /tmp/" + w, "| touch /tmp/" + w, "&& touch /tmp/" + w, "& calc.exe &",
		"$HOME", "${PATH}", "${IFS}", "> /tmp/" + w, "< /etc/passwd", "!!", "*", "?[a-z]", "{a,b}", "~root", "() { :; }; touch /tmp/" + w,
		"$((1+1))", "\\$(" + w + ")", "a\nb; touch /tmp/" + w,
	}
}

func markupPayloads() []string {
	const w = payloadWord
	return []string{
		"<script>alert('" + w + "')</script>", "<img src=x onerror=alert(1)>", "<svg/onload=" + w + ">", "javascript:" + w + "()", "<!--" + w + "-->",
		"]]>", "<![CDATA[" + w + "]]>", "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>", "&lt;b&gt;", "&#x27;", "&" + w + ";",
		"{{7*7}}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{% include '" + w + "' %}", "{{.}}", "{{constructor.constructor('x')()}}", "{{printf \"%s\" .}}",
		"@{" + w + "}", "${jndi:ldap://127.0.0.1/" + w + "}", "${env:PATH}", "[[" + w + "]]", "=cmd|' /C calc'!A0", "+1+1", "=HYPERLINK(\"" + w + "\")",
		"*)(uid=*))(|(uid=*", "')] | //* | a[('", "__proto__", "constructor",
	}
}

func parserPayloads() []string {
	const w = payloadWord
	return []string{
		"{", "}", "[", "{}", "[]", `{"a":`, `{"` + w + `":{"$gt":""}}`, `"}],"x":"`, `\u0000`, `\ud800`, "true", "false", "---", "...", "- " + w, w + ": [",
		"a: &a [*a]", "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]", "!!python/object/apply:os.system ['" + w + "']", "!!binary aGk=", "<<: *" + w, "%YAML 9.9", "? " + w,
		"word: |\n  " + w, "rules:\n- name: " + w + "\n  when: '" + strings.Repeat("(", 200) + "'", "\t- tab", "[section]\nkey=" + w, "a,b\"c,\"\"d", "a=b&c=d", "gAAA" + w + "==",
		strings.Repeat("[", 900), strings.Repeat("{\"a\":", 150),
	}
}

func formatPayloads() []string {
	return []string{
		"%s%s%s%s", "%n%n%n", "%d", "%x%x%x%x", "%v", "%+v", "%T", "%!s(MISSING)", "%p", "%999999999d", "%*d", "%[1]*.[2]*[3]f", "%%s", "%q", "{0}", "{0.__class__}", "$s", "%(name)s",
	}
}

// controlPayloads has each control character in a text, and what terminals make
// of some.
func controlPayloads() []string {
	const w = payloadWord
	var all []string
	for c := range rune(0x20) {
		all = append(all, fmt.Sprintf("a%c%s", c, w))
	}
	return append(all, "a\x7f"+w, "a\u0080"+w, "a\u0085"+w, "a\u009b31m"+w, "\x00", "\n", "\x1b",
		"\x1b[31m"+w+"\x1b[0m", "\x1b]0;"+w+"\x07", "\x1b]8;;http://127.0.0.1/\x07"+w+"\x1b]8;;\x07", "\x1b[2J\x1b[H"+w, "\x1bP"+w+"\x1b\\", "\b\b\b\b"+w, w+"\x1b[1A\x1b[2K")
}

func unicodePayloads() []string {
	const w = payloadWord
	return []string{
		"\u202e" + w, w + "\u202d", "\u2066" + w + "\u2069", "\u2067" + w, "\u200e" + w, "\u200f" + w, "\u061c" + w, "a\u200b" + w, "a\u200c" + w, "a\u200d" + w,
		"a\u2060" + w, "\ufeff" + w, "a\u00ad" + w, "a\u034f" + w, "a\u180e" + w, "\U000e0041" + w, "a\u2028" + w, "a\u2029" + w, "\ufffd" + w, "\ufffe" + w, "\uffff" + w, "\U0010ffff" + w, "\ue000" + w,
		"e\u0301" + w, "\u212b" + w, "\ufb01" + w, "ｓｌｕｉｃｅ" + w, "раypal" + w, "Z" + strings.Repeat("\u0351", 60), "👩\u200d👩\u200d👧" + w, "\U0001f1e9\U0001f1ea" + w, "İı" + w, "ß" + w, "\u3000" + w, "\u00a0" + w, "مرحبا" + w,
		"表ポあA鷗ŒéＢ逍Üßªąñ丂㐀𠀀",
	}
}

// linePayloads try to begin a line, a header or a record of their own.
func linePayloads() []string {
	const w = payloadWord
	return []string{
		"a\r\n" + w, "a\nb\n" + w, "a\r" + w, w + "\n", "\r\n\r\n" + w, "x\r\nSet-Cookie: " + w, "x\r\nHTTP/1.1 200 OK\r\n\r\n" + w,
		"x\n{\"level\":\"error\",\"msg\":\"" + w + "\"}", `x","level":"fatal","msg":"` + w, "2026-01-01T00:00:00Z ERROR " + w, "x\n<0>kernel: " + w,
		"x\"} 1\n" + w + "{a=\"b", "x\n# HELP " + w + " x", `a="b",` + w + `="c`, "grpc-status: 0\r\n" + w, "x\u2028" + w + "\u2029", "line\\n" + w,
	}
}

func regexPayloads() []string {
	return []string{
		".*", ".+", "^(a+)+$", "(a|aa)+$", "(.*a){25}", "((a{1000}){1000}){1000}", "(a{1,1000}){1,1000}", "a{1001}", strings.Repeat("(a?)", 200), strings.Repeat("(", 500),
		"[", "(", ")", "*", "+", "a**", "[z-a]", "(?P<n>a", "(?i)(?s).*", "\\1", "(?=a)", "(?<!a)b", "\\p{L}+", "\\pN*", "[[:alpha:]]{500}", "(x+x+)+y", "\\Q" + payloadWord, "\\C", "(?R)", "^$", "|", "||||",
		"(?:" + strings.Repeat("a|", 300) + "b)*",
	}
}

func numberPayloads() []string {
	return []string{
		"0", "-1", "1e309", "-1e309", "NaN", "Infinity", "-0", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616",
		"99999999999999999999999999999999999999", "0x7fffffff", "1_000", "1e-400", "00000000000000000001", "１２３", "1,5", strings.Repeat("9", 400),
	}
}

func identifierPayloads() []string {
	nul := "00000000-0000-0000-0000-000000000000"
	return []string{
		nul, "{" + nul + "}", "urn:uuid:" + nul, strings.ToUpper("abcdefab-0000-4000-8000-000000000000"), nul[:35], nul + "0", strings.ReplaceAll(nul, "-", ""), "ZZZZZZZZ-0000-0000-0000-000000000000",
		"bnVsbA", "eyJsaXN0IjoiZmlsZXMiLCJwbGFjZSI6bnVsbH0", "eyJsaXN0IjoiZmlsZXMiLCJwbGFjZSI6eyJJRCI6IicgT1IgMT0xIC0tIn19", "metadata", "*.metadata", "file.owner", "SHA256:" + nul,
		strings.Repeat("a", 63), strings.Repeat("g", 64), strings.Repeat("A", 64), "text/plain; charset=\"" + payloadWord, "application/../" + payloadWord,
	}
}

func longPayloads() []string {
	return []string{
		strings.Repeat("x", 65), strings.Repeat("ü", 65), strings.Repeat("n", 128), strings.Repeat("n", 129), strings.Repeat("n", 255), strings.Repeat("n", 256), strings.Repeat("x", 1000), strings.Repeat("y", 1001),
		strings.Repeat("\u202e", 500), strings.Repeat("\x1b", 500), strings.Repeat("'", 1000), strings.Repeat("../", 1000), strings.Repeat("🎉", 9000),
		strings.Repeat("z", 40<<10), strings.Repeat("%s", 150<<10), strings.Repeat("l", 2<<20),
	}
}

func TestThereAreEnoughPayloads(t *testing.T) {
	all := payloads()
	slices.Sort(all)
	require.Greater(t, len(slices.Compact(all)), 200)
}
