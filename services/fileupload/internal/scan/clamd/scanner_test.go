package clamd

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/sluice-ingest/sluice/libs/testkit/clamd"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var infected = core.ScanVerdict{Infected: true, Signature: clamd.Signature}

// filler is a text of n bytes.
func filler(n int) string { return strings.Repeat("0123456789abcde\n", n/16+1)[:n] }

func requireVerdict(t *testing.T, s *Scanner, want core.ScanVerdict, content string) {
	t.Helper()
	verdict, err := s.Scan(t.Context(), strings.NewReader(content))
	require.NoError(t, err)
	require.Equal(t, want, verdict)
}

func requireUnscannable(t *testing.T, s *Scanner, content string) {
	t.Helper()
	verdict, err := s.Scan(t.Context(), strings.NewReader(content))
	require.ErrorIs(t, err, core.ErrUnscannable)
	require.Zero(t, verdict)
}

// overBoth runs a test over clamd's unix socket and over TCP.
func overBoth(t *testing.T, server *clamd.Server, test func(t *testing.T, s *Scanner)) {
	t.Helper()
	t.Run("unix", func(t *testing.T) { test(t, New(Config{Address: server.Socket})) })
	t.Run("tcp", func(t *testing.T) { test(t, New(Config{Address: server.Addr})) })
}

func TestTheMarkerIsFoundWhereverItStands(t *testing.T) {
	overBoth(t, clamd.Start(t), func(t *testing.T, s *Scanner) {
		t.Helper()
		requireVerdict(t, s, infected, clamd.Marker)
		requireVerdict(t, s, infected, filler(3*chunkSize)+clamd.Marker)
		// Over the border of two chunks, and as the end of a full one.
		requireVerdict(t, s, infected, filler(chunkSize-5)+clamd.Marker+filler(100))
		requireVerdict(t, s, infected, filler(chunkSize-len(clamd.Marker))+clamd.Marker)
	})
}

func TestACleanContentOfAnyLengthIsClean(t *testing.T) {
	overBoth(t, clamd.Start(t), func(t *testing.T, s *Scanner) {
		t.Helper()
		for _, length := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 1 << 20} {
			requireVerdict(t, s, core.ScanVerdict{}, filler(length))
		}
	})
}

func TestAReaderThatGivesLittleIsReadToItsEnd(t *testing.T) {
	s := New(Config{Address: clamd.Start(t).Socket})
	content := filler(chunkSize+100) + clamd.Marker
	for _, reader := range []io.Reader{
		iotest.OneByteReader(strings.NewReader(content)),
		iotest.HalfReader(strings.NewReader(content)),
		iotest.DataErrReader(strings.NewReader(content)),
	} {
		verdict, err := s.Scan(t.Context(), reader)
		require.NoError(t, err)
		require.Equal(t, infected, verdict)
	}
}

func TestAContentLongerThanClamdTakesIsUnscannable(t *testing.T) {
	overBoth(t, clamd.Start(t, "StreamMaxLength 1M"), func(t *testing.T, s *Scanner) {
		t.Helper()
		requireUnscannable(t, s, filler(1<<20+1))
		requireUnscannable(t, s, filler(32<<20))
		requireVerdict(t, s, infected, clamd.Marker)
	})
}

func TestAContentThatClamdWouldOnlyBeginToScanIsUnscannable(t *testing.T) {
	s := New(Config{Address: clamd.Start(t, "MaxFileSize 100K").Socket})
	requireUnscannable(t, s, filler(101<<10))
	requireVerdict(t, s, core.ScanVerdict{}, filler(99<<10))
}

func TestAnEncryptedArchiveIsUnscannable(t *testing.T) {
	s := New(Config{Address: clamd.Start(t, "AlertEncrypted yes").Socket})
	requireUnscannable(t, s, archive(t, 0x1))
	requireVerdict(t, s, core.ScanVerdict{}, archive(t, 0))
}

// archive has one stored file with these flags, of which bit 0 says that it is
// encrypted.
func archive(t *testing.T, flags uint16) string {
	t.Helper()
	content := filler(1000)
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	file, err := writer.CreateRaw(&zip.FileHeader{
		Name: "secret.txt", Flags: flags,
		CompressedSize64: uint64(len(content)), UncompressedSize64: uint64(len(content)),
	})
	require.NoError(t, err)
	_, err = io.WriteString(file, content)
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	return archive.String()
}

func TestAContentThatCanNotBeReadHasNoVerdict(t *testing.T) {
	s := New(Config{Address: clamd.Start(t).Socket})
	// Any of these would be the end of the content for io.ReadFull or io.Copy.
	for _, cause := range []error{errors.New("damaged"), io.ErrUnexpectedEOF, wrappedEOFError{}} {
		for _, length := range []int{0, 10, chunkSize, chunkSize + 10} {
			content := io.MultiReader(strings.NewReader(filler(length)), iotest.ErrReader(cause))
			verdict, err := s.Scan(t.Context(), content)
			require.ErrorIs(t, err, cause)
			require.NotErrorIs(t, err, core.ErrUnscannable)
			require.Zero(t, verdict)
		}
	}
}

type wrappedEOFError struct{}

func (wrappedEOFError) Error() string { return "the store's connection ended" }
func (wrappedEOFError) Unwrap() error { return io.EOF }

func TestScansAtOnceGetTheirOwnVerdicts(t *testing.T) {
	s := New(Config{Address: clamd.Start(t).Socket, MaxScans: 4})
	var group errgroup.Group
	for i := range 100 {
		group.Go(func() error {
			content, want := filler(i*1000), core.ScanVerdict{}
			if i%3 == 0 {
				content, want = content+clamd.Marker, infected
			}
			verdict, err := s.Scan(t.Context(), strings.NewReader(content))
			if err == nil && verdict != want {
				err = errors.New("the verdict of another content")
			}
			return err
		})
	}
	require.NoError(t, group.Wait())
}

func TestAScannerGoesOnWhenClamdIsBack(t *testing.T) {
	server := clamd.Start(t)
	overBoth(t, server, func(t *testing.T, s *Scanner) {
		t.Helper()
		require.NoError(t, s.Check(t.Context()))
		server.Kill()
		require.ErrorContains(t, s.Check(t.Context()), "is it running?")
		_, err := s.Scan(t.Context(), strings.NewReader(clamd.Marker))
		require.ErrorContains(t, err, "is it running?")
		require.NotErrorIs(t, err, core.ErrUnscannable)
		server.Restart(t)
		require.NoError(t, s.Check(t.Context()))
		requireVerdict(t, s, infected, clamd.Marker)
	})
}

func TestAScanThatClamdDiesInFails(t *testing.T) {
	server := clamd.Start(t)
	overBoth(t, server, func(t *testing.T, s *Scanner) {
		t.Helper()
		content := io.MultiReader(
			strings.NewReader(filler(2*chunkSize)),
			readerFunc(func([]byte) (int, error) { server.Kill(); return 0, io.EOF }))
		verdict, err := s.Scan(t.Context(), content)
		require.Error(t, err)
		require.NotErrorIs(t, err, core.ErrUnscannable)
		require.Zero(t, verdict)
		server.Restart(t)
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestVersionIsThatOfClamd(t *testing.T) {
	version, err := New(Config{Address: clamd.Start(t).Socket}).Version(t.Context())
	require.NoError(t, err)
	require.Regexp(t, `^ClamAV \d+\.\d+`, version)
}
