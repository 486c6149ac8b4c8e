package logfile

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	// lineBuffer is also how far the format is looked for before the first entry
	// is told.
	lineBuffer = 64 << 10
	// byteOrderMark begins the files of some programs.
	byteOrderMark = "\ufeff"
)

// line is a line of an input, without its end.
type line struct {
	text string
	// number from 1.
	number int
	// cut tells that it was longer than [MaxMessage], and repaired that it was no
	// UTF-8.
	cut, repaired bool
}

// lines reads text line by line.
type lines struct {
	reader *bufio.Reader
	// number of the last line that was read.
	number int
}

// newLines reads the first bytes: what is compressed with gzip is unpacked.
func newLines(r io.Reader) (*lines, error) {
	reader := bufio.NewReaderSize(r, lineBuffer)
	// Fewer bytes are no error here; reading lines tells one.
	switch magic, _ := reader.Peek(2); string(magic) {
	case "\x1f\x8b":
		unpacked, err := gzip.NewReader(reader)
		if err != nil {
			return nil, fmt.Errorf("it begins like a gzip file and is none: %w", err)
		}
		reader = bufio.NewReaderSize(unpacked, lineBuffer)
	case "\xff\xfe", "\xfe\xff":
		return nil, errors.New("it is UTF-16; convert it to UTF-8, for example with iconv")
	}
	return &lines{reader: reader}, nil
}

// next returns the next line. What a service does not take is put right: the
// line is cut at [MaxMessage], zero bytes are dropped and what is no UTF-8
// becomes U+FFFD.
func (l *lines) next() (line, error) {
	raw, long, err := l.read()
	if err != nil {
		return line{}, err
	}
	l.number++
	text := strings.TrimRight(string(raw), "\r\n")
	if l.number == 1 {
		text = strings.TrimPrefix(text, byteOrderMark)
	}
	got := line{number: l.number, text: text, cut: long}
	if !utf8.ValidString(text) {
		got.text, got.repaired = strings.ToValidUTF8(text, "\ufffd"), true
	}
	if len(got.text) > MaxMessage {
		got.text, got.cut = cutText(got.text, MaxMessage), true
	}
	return got, nil
}

// read returns a line with its end. Of one that is too long it returns a little
// more than the limit and drops the rest. An error comes alone: what was read
// before it is a line.
func (l *lines) read() (whole []byte, long bool, err error) {
	some := false
	for {
		part, err := l.reader.ReadSlice('\n')
		some = some || len(part) > 0
		ended := err == nil
		// A file that was truncated under its writer has many zero bytes.
		if bytes.IndexByte(part, 0) >= 0 {
			part = bytes.ReplaceAll(part, []byte{0}, nil)
		}
		if ended && whole == nil {
			return part, false, nil
		}
		if len(whole) <= MaxMessage {
			whole = append(whole, part...)
		} else {
			long = true
		}
		switch {
		case ended:
			return whole, long, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			if some {
				err = nil
			}
			return whole, long, err
		}
	}
}

// ahead returns lines that come next, as many as are in memory, at least one
// where there is one. They stay to be read.
func (l *lines) ahead() []string {
	buffered := l.buffered()
	if end := bytes.LastIndexByte(buffered, '\n'); end >= 0 {
		buffered = buffered[:end]
	}
	text := strings.TrimPrefix(strings.ToValidUTF8(string(buffered), "\ufffd"), byteOrderMark)
	var ahead []string
	for one := range strings.SplitSeq(strings.ReplaceAll(text, "\x00", ""), "\n") {
		ahead = append(ahead, strings.TrimSuffix(one, "\r"))
		if len(ahead) == maxJudged {
			break
		}
	}
	return ahead
}

// buffered returns what is in memory, a whole line of it where one fits.
func (l *lines) buffered() []byte {
	for {
		buffered, _ := l.reader.Peek(l.reader.Buffered())
		if len(buffered) == lineBuffer || bytes.IndexByte(buffered, '\n') >= 0 {
			return buffered
		}
		// next tells the error.
		if _, err := l.reader.Peek(len(buffered) + 1); err != nil {
			return buffered
		}
	}
}
