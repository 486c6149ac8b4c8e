package clamd

import (
	"encoding/hex"
	"net"
	"os"
	"path/filepath"
	"strings"
)

const (
	// Marker makes a content infected, wherever in it the marker stands.
	Marker = "SLUICE-TEST-SIGNATURE"
	// Signature is what clamd calls the marker. It adds UNOFFICIAL to what its
	// makers have not signed.
	Signature = "Sluice.Test.UNOFFICIAL"
)

// configure writes the configuration, with a port that was free a moment ago,
// and the database. No user is named: clamd runs as whoever starts it.
func (s *Server) configure() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.Addr = listener.Addr().String()
	if err := listener.Close(); err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	database, temp := filepath.Join(s.dir, "database"), filepath.Join(s.dir, "temp")
	// clamd takes the first of two lines that name the same setting.
	lines := append(append([]string(nil), s.settings...),
		"Foreground yes",
		"DatabaseDirectory "+database,
		"TemporaryDirectory "+temp,
		"LocalSocket "+s.Socket,
		"TCPAddr "+host,
		"TCPSocket "+port,
		"StreamMaxLength 1M",
		"AlertExceedsMax yes",
		"MaxThreads 4",
	)
	for _, dir := range []string{database, temp} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(database, "sluice.ndb"), signatures(), 0o600); err != nil {
		return err
	}
	return os.WriteFile(s.configFile(), []byte(strings.Join(lines, "\n")+"\n"), 0o600)
}

func (s *Server) configFile() string { return filepath.Join(s.dir, "clamd.conf") }

// signatures is a database of extended signatures: a name, any type of file, at
// any offset, and the bytes.
func signatures() []byte {
	return []byte("Sluice.Test:0:*:" + hex.EncodeToString([]byte(Marker)) + "\n")
}
