package sealfile_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/libs/seal/sealfile"
)

// memory is a file that stops working after some bytes were written.
type memory struct {
	content []byte
	// left is how many bytes are written before the crash; -1 for all.
	left  int
	syncs int
}

var errCrash = errors.New("the power went")

func (m *memory) ReadAt(b []byte, offset int64) (int, error) {
	if m.left == 0 {
		return 0, errCrash
	}
	return bytes.NewReader(m.content).ReadAt(b, offset)
}

func (m *memory) WriteAt(b []byte, offset int64) (int, error) {
	if m.left >= 0 && m.left <= len(b) {
		copy(m.content[offset:], b[:m.left])
		m.left = 0
		return 0, errCrash
	}
	if m.left > 0 {
		m.left -= len(b)
	}
	return copy(m.content[offset:], b), nil
}

func (m *memory) Sync() error {
	if m.left == 0 {
		return errCrash
	}
	m.syncs++
	return nil
}

func TestRewrappingLetsTheOldKeyGo(t *testing.T) {
	path := newKeyset(t)
	content := randomBytes(3 * small)
	before := write(t, openKeys(t, path), content, small)
	file := &memory{content: bytes.Clone(before), left: -1}
	changed, err := sealfile.Rewrap(t.Context(), openKeys(t, path), file)
	require.NoError(t, err)
	require.False(t, changed, "the key is the newest")

	old, err := seal.ShowKeyset(path)
	require.NoError(t, err)
	_, err = seal.RotateKeyset(path)
	require.NoError(t, err)
	changed, err = sealfile.Rewrap(t.Context(), openKeys(t, path), file)
	require.NoError(t, err)
	require.True(t, changed)
	require.Equal(t, 2, file.syncs, "one page is durable before the other is written")
	require.Equal(t, before[sealfile.HeaderSize:], file.content[sealfile.HeaderSize:], "no segment was written")

	require.NoError(t, seal.DropKey(path, old[0].ID))
	for _, page := range []int{0, 4096} {
		torn := bytes.Clone(file.content)
		clear(torn[page : page+4096])
		got, err := read(t, openKeys(t, path), torn)
		require.NoError(t, err, "either page has the new key")
		require.Equal(t, content, got)
	}
}

func TestACrashWhileRewrappingCostsNothing(t *testing.T) {
	path := newKeyset(t)
	content := randomBytes(2*small + 3)
	before := write(t, openKeys(t, path), content, small)
	old, err := seal.ShowKeyset(path)
	require.NoError(t, err)
	_, err = seal.RotateKeyset(path)
	require.NoError(t, err)
	keys := openKeys(t, path)
	alone := bytes.Clone(before)
	for left := 1; left <= 2*4096; left += 37 {
		file := &memory{content: bytes.Clone(before), left: left}
		_, err := sealfile.Rewrap(t.Context(), keys, file)
		require.ErrorIs(t, err, errCrash, "after %d bytes", left)
		got, err := read(t, keys, file.content)
		require.NoError(t, err, "after %d bytes", left)
		require.Equal(t, content, got)

		file.left = -1
		changed, err := sealfile.Rewrap(t.Context(), keys, file)
		require.NoError(t, err)
		require.True(t, changed)
		alone = file.content
	}
	require.NoError(t, seal.DropKey(path, old[0].ID))
	got, err := read(t, openKeys(t, path), alone)
	require.NoError(t, err)
	require.Equal(t, content, got)
}

func TestRewrappingHealsAPage(t *testing.T) {
	keys := openKeys(t, newKeyset(t))
	for _, page := range []int{0, 4096} {
		file := &memory{content: write(t, keys, []byte("text"), small), left: -1}
		file.content[page+100] ^= 1
		changed, err := sealfile.Rewrap(t.Context(), keys, file)
		require.NoError(t, err)
		require.True(t, changed)
		info, err := sealfile.Inspect(file, int64(len(file.content)))
		require.NoError(t, err)
		require.Zero(t, info.DamagedPages)
		require.Equal(t, int64(4), info.Size)
		require.Greater(t, info.Generation, uint64(2))
	}
}

func TestRewrappingWithAWrongKeyChangesNothing(t *testing.T) {
	before := write(t, openKeys(t, newKeyset(t)), []byte("text"), small)
	file := &memory{content: bytes.Clone(before), left: -1}
	_, err := sealfile.Rewrap(t.Context(), openKeys(t, newKeyset(t)), file)
	require.ErrorIs(t, err, seal.ErrWrongKey)
	require.Equal(t, before, file.content)
}

func TestInspectNeedsNoKey(t *testing.T) {
	file := write(t, openKeys(t, newKeyset(t)), randomBytes(100), 64)
	info, err := sealfile.Inspect(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	require.Equal(t, 64, info.SegmentSize)
	require.Equal(t, int64(100), info.Size)
	require.Equal(t, uint64(2), info.Generation)
	info, err = sealfile.Inspect(bytes.NewReader(file[:sealfile.HeaderSize+64+seal.Overhead]), sealfile.HeaderSize+64+seal.Overhead)
	require.NoError(t, err)
	require.Equal(t, int64(-1), info.Size, "it is not finished")
	_, err = sealfile.Inspect(bytes.NewReader(nil), 0)
	require.ErrorIs(t, err, seal.ErrDamaged)
	require.NotErrorIs(t, err, io.EOF)
}
