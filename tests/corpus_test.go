package tests

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"image"
	"image/jpeg"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestFilesOfAllTypesComeBackEqual sends files of every kind that the service
// takes by default, and those under the folder of the environment's
// SLUICE_TESTDATA.
func TestFilesOfAllTypesComeBackEqual(t *testing.T) {
	paths := writeSamples(t)
	if dir := os.Getenv("SLUICE_TESTDATA"); dir != "" {
		more := samplesUnder(t, dir)
		require.NotEmpty(t, more, "SLUICE_TESTDATA has no file to send")
		paths = append(paths, more...)
	}
	s := startServer(t)
	c := s.sdk(t)
	ctx := bounded(t)
	results, err := c.UploadFilesConcurrently(ctx, paths, 4)
	require.NoError(t, err)
	require.Len(t, results, len(paths))
	target := filepath.Join(t.TempDir(), "downloaded")
	for i, result := range results {
		require.Equal(t, paths[i], result.Path)
		require.NoError(t, result.Err, result.Path)
		_, err := c.DownloadFile(ctx, result.Receipt.FileID, target)
		require.NoError(t, err, result.Path)
		want, err := os.ReadFile(result.Path)
		require.NoError(t, err)
		got, err := os.ReadFile(target)
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got), "%s comes back changed", result.Path)
		require.NoError(t, os.Remove(target))
	}
	t.Logf("%d files went up and came back", len(paths))
}

// sdk connects by the SDK.
func (s *server) sdk(t *testing.T, opts ...client.Option) *client.StreamingClient {
	t.Helper()
	return sdkTo(t, s.Addr, opts...)
}

func sdkTo(t *testing.T, addr string, opts ...client.Option) *client.StreamingClient {
	t.Helper()
	c, err := client.NewStreamingClient(addr, opts...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// samplesUnder finds the files whose extension is allowed by default.
func samplesUnder(t *testing.T, dir string) []string {
	t.Helper()
	allowed := []string{".txt", ".csv", ".json", ".xml", ".log", ".ndjson", ".parquet", ".gz", ".zst", ".zip", ".pdf", ".png", ".jpg", ".bin"}
	var paths []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && slices.Contains(allowed, strings.ToLower(filepath.Ext(path))) {
			paths = append(paths, path)
		}
		return err
	})
	require.NoError(t, err)
	return paths
}

// writeSamples makes a real file of each kind.
func writeSamples(t *testing.T) []string {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, 64, 64))
	text := []byte(strings.Repeat("one line of text\n", 1000))
	samples := map[string][]byte{
		"a.txt":      text,
		"latin1.txt": []byte("caf\xe9 au lait\n"),
		"utf16.txt":  []byte("\xff\xfeh\x00i\x00\n\x00"),
		"empty.txt":  nil,
		"a.csv":      []byte("name;value\n\"a;b\";1\n"),
		"a.json":     []byte(`{"points": [1, 2, 3]}`),
		"a.ndjson":   []byte("{\"a\": 1}\n{\"a\": 2}\n"),
		"a.xml":      []byte("<?xml version=\"1.0\"?>\n<a><b/></a>\n"),
		"page.xml":   []byte("<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>\n"),
		"a.log":      []byte("2026-11-22T10:00:00Z INFO started\n"),
		"a.parquet":  append([]byte("PAR1"), append(testkit.NewContent(1, 5000).Bytes(0, 5000), "PAR1"...)...),
		"a.zst":      append([]byte("\x28\xb5\x2f\xfd"), testkit.NewContent(2, 5000).Bytes(0, 5000)...),
		"a.pdf":      []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"),
		"a.bin":      testkit.NewContent(3, 3<<20).Bytes(0, 3<<20),
		"a.gz": written(t, func(b *bytes.Buffer) error {
			w := gzip.NewWriter(b)
			_, err := w.Write(text)
			require.NoError(t, err)
			return w.Close()
		}),
		"a.zip": written(t, func(b *bytes.Buffer) error {
			w := zip.NewWriter(b)
			f, err := w.Create("inside.txt")
			require.NoError(t, err)
			_, err = f.Write(text)
			require.NoError(t, err)
			return w.Close()
		}),
		"a.png": written(t, func(b *bytes.Buffer) error { return png.Encode(b, picture) }),
		"a.jpg": written(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, picture, nil) }),
	}
	dir := t.TempDir()
	var paths []string
	for name, content := range samples {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		paths = append(paths, path)
	}
	return paths
}

func written(t *testing.T, write func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, write(&b))
	return b.Bytes()
}
