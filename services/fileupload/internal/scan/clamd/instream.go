package clamd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	chunkSize   = 64 << 10
	chunkHeader = 4
	// bufferSize has room for a chunk, its header and that of an empty one.
	bufferSize = chunkHeader + chunkSize + chunkHeader
)

// errContent marks that the content could not be read, which is not clamd's
// fault.
var errContent = errors.New("can't read the content to scan")

// instream sends the content and returns clamd's answer. The buffer has the
// capacity bufferSize: a chunk goes out in one write with its header, and the
// last one with the end, an empty chunk.
func (c *conversation) instream(content io.Reader, buffer []byte) (string, error) {
	if _, err := io.WriteString(c.conn, "zINSTREAM\x00"); err != nil {
		return c.lastWords(err)
	}
	for ended := false; !ended; {
		n, err := fill(content, buffer[chunkHeader:chunkHeader+chunkSize])
		ended = err == io.EOF //nolint:errorlint // A wrapped io.EOF is no end of the content.
		if err != nil && !ended {
			return "", fmt.Errorf("%w: %w", errContent, err)
		}
		binary.BigEndian.PutUint32(buffer, uint32(n))
		message := buffer[:chunkHeader+n]
		if ended && n > 0 {
			message = append(message, 0, 0, 0, 0)
		}
		if _, err := c.conn.Write(message); err != nil {
			return c.lastWords(err)
		}
	}
	return c.answer()
}

// lastWords returns what clamd said before it closed the connection, for it does
// not read the rest of what it refuses, or cause when it said nothing. Nothing
// that it had not got whole is clean.
func (c *conversation) lastWords(cause error) (string, error) {
	if err := c.conn.SetReadDeadline(time.Now().Add(lastWords)); err != nil {
		return "", cut(cause)
	}
	answer, err := c.answer()
	if err != nil || answer == answerClean {
		return "", cut(cause)
	}
	return answer, nil
}

// fill reads until p is full or the content ends, and returns content's own
// error: io.ReadFull would turn a beginning into io.ErrUnexpectedEOF, which a
// truncated content may have of its own. It returns io.EOF with n > 0 too.
func fill(content io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var more int
		more, err = content.Read(p[n:])
		n += more
	}
	return n, err
}
