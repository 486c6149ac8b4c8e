package client

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testChunk = 4 << 10

// bubble runs a test with fake time.
func bubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

// randomBytes returns bytes that repeat on every run.
func randomBytes(size int) []byte {
	source := rand.NewChaCha8([32]byte{1})
	data := make([]byte, size)
	_, _ = source.Read(data)
	return data
}

func writeFile(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// mustReceipt returns the receipt and fails the test on an error.
func mustReceipt(t *testing.T, receipt *Receipt, err error) *Receipt {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}
