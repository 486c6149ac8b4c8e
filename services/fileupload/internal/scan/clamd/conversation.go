package clamd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const (
	// maxAnswer is how much clamd may answer to one command.
	maxAnswer = 4096
	// lastWords is how long an answer may take that clamd sent before it closed the
	// connection: it lies in the socket's buffer.
	lastWords = time.Second
)

// conversation is one command to clamd and its answer. The end of the context
// makes its reads and writes fail.
type conversation struct{ conn net.Conn }

// talk connects and has f exchange one command and its answer, within the
// timeout. It alone knows whether an error is the context's doing. The timeout is
// no context.DeadlineExceeded to the caller, whose deadline is another.
func (s *Scanner) talk(ctx context.Context, f func(*conversation) error) error {
	bounded, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	err := s.converse(bounded, f)
	switch {
	case err == nil, errors.Is(err, errContent):
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("talking to clamd: %w", ctx.Err())
	case bounded.Err() != nil, errors.Is(err, context.DeadlineExceeded): // a dial can be first
		return fmt.Errorf("clamd at %s: no answer within %v: is it overloaded, or the timeout too short for this content?",
			s.config.Address, s.config.Timeout)
	}
	return fmt.Errorf("clamd at %s: %w", s.config.Address, err)
}

func (s *Scanner) converse(ctx context.Context, f func(*conversation) error) error {
	conn, err := new(net.Dialer).DialContext(ctx, s.config.network(), s.config.Address)
	if err != nil {
		return fmt.Errorf("is it running? %w", err)
	}
	defer func() { _ = conn.Close() }()
	// Closing ends every read and write, those with a deadline of their own too.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	return f(&conversation{conn: conn})
}

// command sends a command without a body and returns its answer as answer does.
func (c *conversation) command(name string) (string, error) {
	if _, err := io.WriteString(c.conn, "z"+name+"\x00"); err != nil {
		return "", cut(err)
	}
	return c.answer()
}

// answer reads what clamd says, with the zero byte or the newline at its end. An
// answer that is whole counts though the connection was reset behind it.
func (c *conversation) answer() (string, error) {
	answer, err := bufio.NewReaderSize(io.LimitReader(c.conn, maxAnswer), maxAnswer).ReadString(0)
	switch {
	case err == nil, strings.HasSuffix(answer, "\n"):
		return answer, nil
	case !errors.Is(err, io.EOF):
		return "", cut(err)
	case answer == "":
		return "", errors.New("it closed the connection without an answer: look at its log")
	}
	return answer, nil
}

func cut(err error) error { return fmt.Errorf("it cut the connection, look at its log: %w", err) }
