package disk

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDropBytes(t *testing.T) {
	segments := [][]byte{{}, []byte("abc"), {}, []byte("de"), {}}
	for _, test := range []struct {
		n, left, skip int
	}{
		{0, 4, 0}, {1, 4, 1}, {2, 4, 2}, {3, 2, 0}, {4, 2, 1}, {5, 0, 0},
	} {
		left, skip := dropBytes(segments, test.n)
		require.Len(t, left, test.left, "%d bytes dropped", test.n)
		require.Equal(t, test.skip, skip, "%d bytes dropped", test.n)
	}
}

func TestWriteGoesOnAfterAShortOne(t *testing.T) {
	segments := [][]byte{[]byte("abc"), {}, []byte("de"), []byte("fghi")}
	want := bytes.Join(segments, nil)
	for written := range want {
		file := tempFile(t)
		_, err := file.WriteAt(want[:written], 0)
		require.NoError(t, err)

		var w vectorWriter
		rest, skip := dropBytes(segments, written)
		n, err := w.writeOnce(int(file.Fd()), rest, skip, int64(written))
		require.NoError(t, err)
		require.Equal(t, len(want)-written, n)
		got, err := os.ReadFile(file.Name())
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	}
}

func TestVectorsDoNotHoldSegments(t *testing.T) {
	var w vectorWriter
	_, err := w.writeAt(tempFile(t), [][]byte{make([]byte, 10), make([]byte, 20)}, 0)
	require.NoError(t, err)
	for _, vector := range w.vectors[:cap(w.vectors)] {
		require.Nil(t, vector.Base)
	}
}

func tempFile(t *testing.T) *os.File {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, file.Close()) })
	return file
}
