package logfile_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/logfile"
)

func TestLinesOfATraceAreJoinedToTheirEntry(t *testing.T) {
	java := "2024-01-02 03:04:05,678 ERROR [main] a.B - failed\n" +
		"java.io.IOException: no\n\tat a.B.c(B.java:1)\n\nCaused by: java.lang.IllegalStateException\n... 3 more\n"
	python := "2024-01-02 03:04:06,000 ERROR x\nTraceback (most recent call last):\n  File \"a.py\", line 1\n    f()\nKeyError\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\nmy.Odd: text\n"
	braces := "2024-01-02 03:04:07,000 INFO {\n  a: 1\n}\n"
	last := "2024-01-02 03:04:08,000 INFO last\nstray\n  of the stray\n"
	entries, in := read(t, java+python+braces+last, options())
	require.Len(t, entries, 5)
	for i, want := range []struct {
		text        string
		line, lines int
	}{{java, 1, 6}, {python, 7, 9}, {braces, 16, 3}} {
		require.Equal(t, strings.TrimSpace(want.text), entries[i].Raw)
		require.Equal(t, want.line, entries[i].Line)
		require.Equal(t, want.lines, entries[i].Lines)
	}
	require.True(t, strings.HasPrefix(entries[0].Message, "failed\njava.io.IOException: no\n\tat"), entries[0].Message)
	require.Equal(t, "2024-01-02T03:04:08Z\n\napp\n\nstray\n  of the stray", show(entries[4]))
	require.Equal(t, logfile.Stats{Lines: 21, Entries: 5, Unparsed: 1, Joined: 14}, in.Stats())
}

func TestAnEntryIsBoundedInLinesAndBytes(t *testing.T) {
	const begin = "2024-01-02 03:04:05,678 ERROR x\n"
	entries, _ := read(t, begin+strings.Repeat(" y\n", 1200), options())
	require.Len(t, entries, 3)
	require.Equal(t, 500, entries[0].Lines)
	require.Equal(t, entries[0].Time, entries[2].Time)

	entries, in := read(t, begin+strings.Repeat(" "+strings.Repeat("z", 99_999)+"\n", 3), options())
	require.Len(t, entries, 2)
	require.Equal(t, []int{3, 1}, []int{entries[0].Lines, entries[1].Lines})
	require.Zero(t, in.Stats().Shortened)
}

func TestWhatTheServiceDoesNotTakeIsPutRight(t *testing.T) {
	const begin = "2024-01-02T03:04:05Z INFO "
	entries, in := read(t, begin+strings.Repeat("ä", 200_000)+"\n"+begin+"b\xffad\n"+strings.Repeat("\x00", 300_000)+begin+"zeros\r\n"+begin+"last", options())
	require.Len(t, entries, 4)
	require.LessOrEqual(t, len(entries[0].Raw), logfile.MaxMessage)
	require.Greater(t, len(entries[0].Raw), logfile.MaxMessage-4)
	require.True(t, utf8.ValidString(entries[0].Message))
	require.Equal(t, []string{"b\ufffdad", "zeros", "last"}, []string{entries[1].Message, entries[2].Message, entries[3].Message})
	require.Equal(t, logfile.Stats{Lines: 4, Entries: 4, Shortened: 1, Repaired: 1}, in.Stats())

	var many strings.Builder
	for i := range 200 {
		fmt.Fprintf(&many, `,"field %03d":%d`, i, i)
	}
	long := strings.Repeat("v", 40_000)
	name := strings.Repeat("n", 200)
	entries, in = read(t, `{"ts":"2024-01-02T03:04:05Z","msg":"m"`+many.String()+`}`+"\n"+
		`{"ts":"2024-01-02T03:04:05Z","msg":"m","`+name+`":"`+long+`","app":"`+strings.Repeat("a", 300)+`"}`+"\n", options())
	require.Len(t, entries[0].Fields, 128)
	require.Equal(t, "127", entries[0].Fields["field_127"])
	require.Len(t, entries[1].Fields[name[:128]], 32<<10)
	require.Len(t, entries[1].Application, 255)
	require.EqualValues(t, 2, in.Stats().Shortened)
}

func TestTheFormatIsThatOfMostLines(t *testing.T) {
	const entry = "2024-01-02 03:04:05,678 INFO x\n"
	for name, test := range map[string]struct {
		text string
		want logfile.Format
	}{
		"a banner before it":            {"Welcome\nto the server\n" + entry + entry, logfile.FormatLog4j},
		"a few lines of another format": {entry + entry + entry + "{\"ts\":1448841245}\n", logfile.FormatLog4j},
		"many lines of plain text":      {strings.Repeat("some text\n", 9) + entry, logfile.FormatPlain},
		"long entries":                  {entry + strings.Repeat("select x,\n", 3), logfile.FormatLog4j},
		"nothing":                       {"", logfile.FormatAuto},
		"blank lines":                   {"\n \n", logfile.FormatAuto},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(test.text), iotest.OneByteReader(strings.NewReader(test.text))} {
				o, found := options(), logfile.FormatAuto
				o.Found = func(f logfile.Format) { found = f }
				in, err := logfile.NewInput(r, logfile.Stdin, o)
				require.NoError(t, err)
				for _, err := range in.Entries() {
					require.NoError(t, err)
				}
				require.Equal(t, test.want, in.Format())
				require.Equal(t, test.want, found)
			}
		})
	}
}

// A program may greet before it logs, also where its first line comes alone.
func TestTheFormatIsFoundLater(t *testing.T) {
	text := "Server 1.0\n{\"ts\":1448841245,\"msg\":\"a\"}\n{\"ts\":1448841246,\"msg\":\"b\"}\n"
	in, err := logfile.NewInput(iotest.OneByteReader(strings.NewReader(text)), logfile.Stdin, options())
	require.NoError(t, err)
	var messages []string
	for e, err := range in.Entries() {
		require.NoError(t, err)
		messages = append(messages, e.Application+" "+e.Message)
	}
	require.Equal(t, []string{"stdin Server 1.0", "stdin a", "stdin b"}, messages)
	require.Equal(t, logfile.Stats{Lines: 3, Entries: 3}, in.Stats())
}

func TestOptionsGoBeforeTheLineOrBehindIt(t *testing.T) {
	o := options()
	o.Application, o.Level = "shop", "notice"
	o.Location = time.FixedZone("CET", 3600)
	entries, _ := read(t, "Mar 27 13:06:56 h sshd[1]: m\n<11>Mar 27 13:06:56 h sshd[1]: m\n", o)
	require.Equal(t, "2026-03-27T12:06:56Z\nnotice\nshop\nhost=h,pid=1,program=sshd\nm", show(entries[0]))
	require.Equal(t, "error", entries[1].Level)
}

func TestAnInputThatCantBeReadSaysWhy(t *testing.T) {
	for name, test := range map[string]struct {
		input io.Reader
		want  string
	}{
		"UTF-16":         {strings.NewReader("\xff\xfea\x00"), "a.log: it is UTF-16; convert it to UTF-8"},
		"no gzip":        {strings.NewReader("\x1f\x8bnonsense"), "a.log: it begins like a gzip file and is none"},
		"a broken gzip":  {bytes.NewReader(zipped(t, "line\nmore\n")[:20]), "a.log: after line "},
		"a failing disk": {io.MultiReader(strings.NewReader("one\ntwo\n"), iotest.ErrReader(errors.New("disk on fire"))), "a.log: after line 2: disk on fire"},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := logfile.NewInput(test.input, "a.log", options())
			if err == nil {
				for _, err = range in.Entries() {
				}
			}
			require.ErrorContains(t, err, test.want)
		})
	}
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return packed.Bytes()
}

func TestReadingStopsWhenNoMoreIsWanted(t *testing.T) {
	in, err := logfile.NewInput(strings.NewReader("a\nb\nc\n"), "a.log", options())
	require.NoError(t, err)
	for e, err := range in.Entries() {
		require.NoError(t, err)
		require.Equal(t, "a", e.Message)
		break
	}
	require.Equal(t, int64(2), in.Stats().Lines)
}

// The last entry of a pipe is not held back for lines that may never come.
func TestAPausingInputYieldsItsOpenEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		o := options()
		o.Linger = time.Second
		go func() {
			_, _ = w.Write([]byte("2024-01-02 03:04:05,678 ERROR x\n"))
			time.Sleep(500 * time.Millisecond)
			_, _ = w.Write([]byte("\tat y\n"))
			time.Sleep(time.Minute)
			_, _ = w.Write([]byte("2024-01-02 03:04:06,678 ERROR z\n"))
			time.Sleep(time.Minute)
			_ = w.Close()
		}()
		in, err := logfile.NewInput(r, logfile.Stdin, o)
		require.NoError(t, err)
		begun := time.Now()
		var got []string
		for e, err := range in.Entries() {
			require.NoError(t, err)
			got = append(got, fmt.Sprintf("%s %q", time.Since(begun), e.Message))
		}
		require.Equal(t, []string{`1.5s "x\n\tat y"`, `1m1.5s "z"`}, got)
	})
}

func TestAPausingInputCanBeLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		o := options()
		o.Linger = time.Second
		go func() { _, _ = w.Write([]byte("a\nb\nc\n")) }()
		in, err := logfile.NewInput(r, logfile.Stdin, o)
		require.NoError(t, err)
		for e, err := range in.Entries() {
			require.NoError(t, err)
			require.Equal(t, "a", e.Message)
			break
		}
		require.NoError(t, r.Close())
		synctest.Wait()
	})
}
