package clamd

import (
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// instream has clamd scan a content in one chunk and returns its answer.
func instream(t *testing.T, network, address, content string) string {
	t.Helper()
	conn, err := net.Dial(network, address)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	request := binary.BigEndian.AppendUint32([]byte("zINSTREAM\x00"), uint32(len(content)))
	request = append(append(request, content...), 0, 0, 0, 0)
	_, err = conn.Write(request)
	require.NoError(t, err)
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	return string(answer)
}

func TestTheMarkerIsFoundAtBothAddresses(t *testing.T) {
	s := Start(t)
	infected := "stream: " + Signature + " FOUND\x00"
	require.Equal(t, infected, instream(t, "unix", s.Socket, "some text "+Marker+" and more"))
	require.Equal(t, infected, instream(t, "tcp", s.Addr, Marker))
	require.Equal(t, "stream: OK\x00", instream(t, "tcp", s.Addr, "some text"))
}

func TestSettingsCountBeforeTheDefaults(t *testing.T) {
	s := Start(t, "StreamMaxLength 10")
	require.Equal(t, "stream: OK\x00", instream(t, "unix", s.Socket, "0123456789"))
	require.Equal(t, "INSTREAM size limit exceeded. ERROR\x00", instream(t, "unix", s.Socket, "0123456789A"))
}

func TestARestartedServerAnswersAtTheSameAddresses(t *testing.T) {
	s := Start(t)
	socket, addr := s.Socket, s.Addr
	s.Kill()
	require.False(t, s.answers())
	s.Restart(t)
	require.Equal(t, socket, s.Socket)
	require.Equal(t, addr, s.Addr)
	require.Equal(t, "stream: OK\x00", instream(t, "tcp", addr, "some text"))
}

func TestAServerWhosePortIsTakenDoesNotStart(t *testing.T) {
	s := Start(t)
	s.Kill()
	stranger, err := net.Listen("tcp", s.Addr)
	require.NoError(t, err)
	defer func() { require.NoError(t, stranger.Close()) }()
	require.ErrorIs(t, s.serve(), errPortTaken)
}

func TestAWrongSettingIsTold(t *testing.T) {
	_, err := start(needBinary(t), []string{"NoSuchSetting yes"})
	require.ErrorContains(t, err, "ended before it answered")
	require.ErrorContains(t, err, "NoSuchSetting")
}

func TestTheEndOfATestRemovesItsServer(t *testing.T) {
	var s *Server
	t.Run("starts", func(t *testing.T) { s = Start(t) })
	require.NoDirExists(t, s.dir)
	require.False(t, ping("tcp", s.Addr))
}

func TestABinaryOutsideThePathIsFound(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	fallback := filepath.Join(t.TempDir(), "clamd")
	require.NoError(t, os.WriteFile(fallback, nil, 0o700))
	path, err := findBinary(fallback)
	require.NoError(t, err)
	require.Equal(t, fallback, path)
}

func TestAMissingBinaryNamesThePackage(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := findBinary(filepath.Join(t.TempDir(), "clamd"))
	require.ErrorContains(t, err, "install Debian's package clamav-daemon")
}
