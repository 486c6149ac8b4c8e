package tests

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestClientCompresses sends by the SDK through a proxy that counts what is on
// the wire.
func TestClientCompresses(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind guardKind) {
		t.Helper()
		plain := compressedBytes(t, kind)
		for _, compression := range []client.Compression{client.Gzip, client.Zstd} {
			sent := compressedBytes(t, kind, client.WithCompression(compression))
			t.Logf("%s: %d bytes in place of %d", compression, sent, plain)
			require.Less(t, sent, plain/2, compression)
		}
	})
}

// compressedBytes sends the same work each time, checks that it arrived, and
// returns what was sent for it.
func compressedBytes(t *testing.T, kind guardKind, opts ...client.Option) int64 {
	t.Helper()
	g := startGuard(t, kind)
	proxy := testkit.NewProxy(t, g.Addr)
	ctx := bounded(t)
	c := sdkTo(t, proxy.Addr(), append(opts, client.WithRootCA(g.certs.CAFile), g.alwaysToken())...)
	const count = 5000
	switch kind.name {
	case "files":
		path := filepath.Join(t.TempDir(), "planted.txt")
		require.NoError(t, os.WriteFile(path, guardContent, 0o600))
		receipt, err := c.UploadFile(ctx, path)
		require.NoError(t, err)
		sum := sha256.Sum256(guardContent)
		require.Equal(t, hex.EncodeToString(sum[:]), receipt.Checksum)
	case "points":
		result, err := c.SendDataPoints(ctx, countedTo(count, func(i int64) *client.DataPoint { return numberedPoint("p", i) }),
			client.WithProducer("p", 0))
		require.NoError(t, err)
		g.requireItems(t, "p", count, result.Frames)
	case "logs":
		result, err := c.SendLogs(ctx, countedTo(count, func(i int64) *client.LogEntry { return sdkEntry(plainLog("l", i).logEntry) }),
			client.WithProducer("l", 0))
		require.NoError(t, err)
		g.requireItems(t, "l", count, result.Frames)
	}
	return proxy.Upstream()
}

// countedTo holds numbered items and is closed behind them.
func countedTo[T any](count int64, item func(i int64) T) <-chan T {
	items := make(chan T, count)
	for i := range count {
		items <- item(i)
	}
	close(items)
	return items
}
