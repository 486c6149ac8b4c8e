package pointfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	// lineBuffer is also how far the columns of a CSV file are looked at.
	lineBuffer = 64 << 10
	// maxLine bounds the memory for a line.
	maxLine = 1 << 20
)

var (
	errLineTooLong = errors.New("the line is longer than 1 MiB")
	errNotUTF8     = errors.New("the line is not UTF-8")
)

// byteOrderMark begins the files of some programs.
const byteOrderMark = "\ufeff"

// lines reads text line by line and counts. Blank lines are passed over.
type lines struct {
	reader *bufio.Reader
	// number of the last line that was read, from 1.
	number int
}

func newLines(r io.Reader) *lines {
	return &lines{reader: bufio.NewReaderSize(r, lineBuffer)}
}

// next returns the next line without its end and white space around it.
// errLineTooLong and errNotUTF8 are of one line; the next can be read.
func (l *lines) next() (string, error) {
	for {
		line, err := l.read()
		if err != nil && len(line) == 0 {
			return "", err
		}
		l.number++
		if l.number == 1 {
			line = bytes.TrimPrefix(line, []byte(byteOrderMark))
		}
		switch text := strings.TrimSpace(string(line)); {
		case len(line) > maxLine:
			return "", errLineTooLong
		case !utf8.ValidString(text):
			return "", errNotUTF8
		case text != "":
			return text, nil
		}
	}
}

// read returns a line. Of one that is too long it returns a little more than
// maxLine and drops the rest.
func (l *lines) read() ([]byte, error) {
	var line []byte
	for {
		part, err := l.reader.ReadSlice('\n')
		if len(line) <= maxLine {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// ahead returns lines that come next, as many as are in memory, at least one
// where there is one. They stay to be read.
func (l *lines) ahead() []string {
	// Without a byte the answer is none; next tells the error.
	_, _ = l.reader.Peek(1)
	buffered, _ := l.reader.Peek(l.reader.Buffered())
	if end := bytes.LastIndexByte(buffered, '\n'); end >= 0 {
		buffered = buffered[:end]
	}
	return strings.Split(string(buffered), "\n")
}
