package clamd

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// brief is the timeout of a scan that is meant to meet it.
const brief = 100 * time.Millisecond

// serving deals with one connection, until it returns or the test ends.
type serving func(ctx context.Context, conn net.Conn)

// faulty listens as clamd would and has serve deal with each connection, which
// is closed then.
func faulty(t *testing.T, serve serving) (address string) {
	t.Helper()
	listener, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	require.NoError(t, err)
	var work sync.WaitGroup
	work.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			stop := context.AfterFunc(t.Context(), func() { _ = conn.Close() })
			work.Go(func() {
				defer func() { stop(); _ = conn.Close() }()
				serve(t.Context(), conn)
			})
		}
	})
	t.Cleanup(func() { _ = listener.Close(); work.Wait() })
	return listener.Addr().String()
}

// swallow reads all there is and never answers.
func swallow(_ context.Context, conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// answering reads a whole stream and says these words.
func answering(words string) serving {
	return func(_ context.Context, conn net.Conn) {
		if readStream(conn) == nil {
			_, _ = io.WriteString(conn, words)
		}
	}
}

// readStream reads the command and chunks up to the empty one.
func readStream(conn net.Conn) error {
	if _, err := io.CopyN(io.Discard, conn, int64(len("zINSTREAM\x00"))); err != nil {
		return err
	}
	for {
		var length uint32
		if err := binary.Read(conn, binary.BigEndian, &length); err != nil || length == 0 {
			return err
		}
		if _, err := io.CopyN(io.Discard, conn, int64(length)); err != nil {
			return err
		}
	}
}

// hold keeps the connection until the test ends, and reads nothing.
func hold(ctx context.Context, _ net.Conn) { <-ctx.Done() }

// cutAfter closes the connection when it has read so many bytes.
func cutAfter(n int64) serving {
	return func(_ context.Context, conn net.Conn) { _, _ = io.CopyN(io.Discard, conn, n) }
}

func requireFailure(t *testing.T, err error, contains string) {
	t.Helper()
	require.ErrorContains(t, err, contains)
	require.NotErrorIs(t, err, core.ErrUnscannable)
	require.NotErrorIs(t, err, context.DeadlineExceeded)
	require.NotErrorIs(t, err, context.Canceled)
}

func TestAScanFailsWhenClamdStalls(t *testing.T) {
	for name, serve := range map[string]serving{
		"before it reads":  hold,
		"before it writes": swallow,
		"in its answer":    func(ctx context.Context, conn net.Conn) { _, _ = io.WriteString(conn, "stream: OK"); hold(ctx, conn) },
	} {
		t.Run(name, func(t *testing.T) {
			s := New(Config{Address: faulty(t, serve), Timeout: brief})
			for _, length := range []int{10, 8 << 20} {
				verdict, err := s.Scan(t.Context(), strings.NewReader(filler(length)))
				requireFailure(t, err, "no answer within 100ms")
				require.Zero(t, verdict)
			}
			requireFailure(t, s.Check(t.Context()), "no answer within 100ms")
		})
	}
}

func TestAScanEndsWithItsContext(t *testing.T) {
	cause := errors.New("the upload was aborted")
	for name, serve := range map[string]serving{"before it reads": hold, "before it writes": swallow} {
		t.Run(name, func(t *testing.T) {
			s := New(Config{Address: faulty(t, serve)})
			for _, length := range []int64{10, 1 << 40} {
				ctx, cancel := context.WithCancelCause(t.Context())
				stop := time.AfterFunc(brief, func() { cancel(cause) })
				_, err := s.Scan(ctx, io.LimitReader(endless{}, length))
				stop.Stop()
				require.ErrorIs(t, err, context.Canceled)
				require.NotErrorIs(t, err, core.ErrUnscannable)
			}
		})
	}
}

// endless is a content without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestAScanFailsWhenClamdCutsTheConnection(t *testing.T) {
	for _, at := range []int64{0, 1, 10, 12, 100, chunkSize, 3 * chunkSize} {
		s := New(Config{Address: faulty(t, cutAfter(at))})
		verdict, err := s.Scan(t.Context(), strings.NewReader(filler(8<<20)))
		requireFailure(t, err, "cut the connection, look at its log")
		require.Zero(t, verdict)
	}
	s := New(Config{Address: faulty(t, answering(""))})
	_, err := s.Scan(t.Context(), strings.NewReader("content"))
	requireFailure(t, err, "without an answer")
	requireFailure(t, New(Config{Address: faulty(t, cutAfter(6))}).Check(t.Context()), "without an answer")
}

func TestARefusalIsReadThoughItCutsTheContent(t *testing.T) {
	s := New(Config{Address: faulty(t, func(ctx context.Context, conn net.Conn) {
		cutAfter(2*chunkSize)(ctx, conn)
		_, _ = io.WriteString(conn, answerTooLong)
	})})
	_, err := s.Scan(t.Context(), strings.NewReader(filler(8<<20)))
	require.ErrorIs(t, err, core.ErrUnscannable)
}

func TestClamdsComplaintAboutASlowContentIsTold(t *testing.T) {
	s := New(Config{Address: faulty(t, func(ctx context.Context, conn net.Conn) {
		cutAfter(2*chunkSize)(ctx, conn)
		_, _ = io.WriteString(conn, answerLate)
	})})
	_, err := s.Scan(t.Context(), strings.NewReader(filler(8<<20)))
	requireFailure(t, err, "clamd's ReadTimeout too short?")
}

func TestAContentThatClamdDidNotTakeWholeIsNotClean(t *testing.T) {
	s := New(Config{Address: faulty(t, func(ctx context.Context, conn net.Conn) {
		cutAfter(2*chunkSize)(ctx, conn)
		_, _ = io.WriteString(conn, answerClean)
	})})
	_, err := s.Scan(t.Context(), strings.NewReader(filler(8<<20)))
	requireFailure(t, err, "cut the connection")
}

func TestNonsenseIsNoVerdict(t *testing.T) {
	for _, answer := range []string{
		"stream: OK", "stream: OK\n", " stream: OK\x00", "OK\x00", "stream: Eicar FOUN", "stream:  FOUND\x00",
		"UNKNOWN COMMAND\x00", "HTTP/1.1 400 Bad Request\r\n\r\n", "\x00", strings.Repeat("x", 1<<20),
	} {
		s := New(Config{Address: faulty(t, answering(answer))})
		verdict, err := s.Scan(t.Context(), strings.NewReader("content"))
		requireFailure(t, err, "is it clamd at all?")
		require.Less(t, len(err.Error()), 1000)
		require.Zero(t, verdict)
	}
}

func TestCheckDoesNotTakeAnotherServerForClamd(t *testing.T) {
	s := New(Config{Address: faulty(t, func(ctx context.Context, conn net.Conn) {
		cutAfter(6)(ctx, conn)
		_, _ = io.WriteString(conn, "-ERR unknown command\r\n")
	})})
	requireFailure(t, s.Check(t.Context()), "is it clamd at all?")
}

func TestAsManyScansRunAtOnceAsConfigured(t *testing.T) {
	var now atomic.Int64
	var exceeded atomic.Bool
	var once sync.Once
	full := make(chan struct{})
	s := New(Config{MaxScans: 3, Address: faulty(t, func(_ context.Context, conn net.Conn) {
		switch running := now.Add(1); {
		case running == 3:
			once.Do(func() { close(full) })
		case running > 3:
			exceeded.Store(true)
		}
		<-full
		// It leaves before its answer lets the next one in.
		if readStream(conn) == nil {
			now.Add(-1)
			_, _ = io.WriteString(conn, answerClean)
		}
	})})
	var group errgroup.Group
	for range 100 {
		group.Go(func() error {
			_, err := s.Scan(t.Context(), strings.NewReader("content"))
			return err
		})
	}
	require.NoError(t, group.Wait())
	require.False(t, exceeded.Load())
}
