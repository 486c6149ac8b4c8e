package journal

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheBoundRefusesUntilATrim(t *testing.T) { bothWays(t, testTheBoundRefusesUntilATrim) }

func testTheBoundRefusesUntilATrim(t *testing.T, keys Keys) {
	fsys := sealedFS(keys)
	opts := Options{MaxBytes: 4 << 10, MinFreeBytes: -1, fs: fsys, Keys: keys}
	j, _, err := Open("", opts)
	require.NoError(t, err)
	record := make([]byte, 500)
	fill := func() (n int) {
		for {
			end, err := j.Append(t.Context(), record)
			if err != nil {
				require.ErrorIs(t, err, ErrFull)
				return n
			}
			require.NoError(t, j.Wait(t.Context(), end))
			n++
		}
	}
	require.GreaterOrEqual(t, fill(), 6)
	for range 20 {
		require.LessOrEqual(t, j.Bytes(), opts.MaxBytes)
		require.NoError(t, j.Trim(j.Durable()))
		require.Positive(t, fill(), "a trim makes room")
	}
	require.NoError(t, j.Close())
	j, _, err = Open("", opts)
	require.NoError(t, err)
	_, err = j.Append(t.Context(), record)
	require.ErrorIs(t, err, ErrFull, "a restart does not forget")
	require.NoError(t, j.Close())
}

func TestTheLargestRecordFitsOnceAllIsTrimmed(t *testing.T) {
	bothWays(t, testTheLargestRecordFitsOnceAllIsTrimmed)
}

func testTheLargestRecordFitsOnceAllIsTrimmed(t *testing.T, keys Keys) {
	opts := Options{MaxBytes: 4 << 10, MinFreeBytes: -1, fs: sealedFS(keys), Keys: keys}
	j, _, err := Open("", opts)
	require.NoError(t, err)
	for range 10 {
		end, err := j.Append(t.Context(), make([]byte, 1<<10))
		require.NoError(t, err)
		require.NoError(t, j.Wait(t.Context(), end))
		require.NoError(t, j.Trim(end))
	}
	require.NoError(t, j.Close())
}

func TestFreeSpaceIsKept(t *testing.T) { bothWays(t, testFreeSpaceIsKept) }

func testFreeSpaceIsKept(t *testing.T, keys Keys) {
	fsys := sealedFS(keys)
	j, _, err := Open("", Options{MinFreeBytes: 1000, fs: fsys, Keys: keys})
	require.NoError(t, err)
	appendDurably(t, j, "there is room")
	fsys.setFree(999)
	appendDurably(t, j, "this group finds out")
	_, err = j.Append(t.Context(), []byte("refused"))
	require.ErrorIs(t, err, ErrFull)
	require.NoError(t, j.Close())

	j, _, err = Open("", Options{MinFreeBytes: 1000, fs: fsys, Keys: keys})
	require.NoError(t, err)
	_, err = j.Append(t.Context(), []byte("refused"))
	require.ErrorIs(t, err, ErrFull, "a restart looks")
	fsys.setFree(1000)
	appendDurably(t, j, "there is room again")
	require.NoError(t, j.Close())
}

func TestOptionsAreChecked(t *testing.T) {
	for _, test := range []struct {
		name string
		opts Options
		want string
	}{
		{"negative", Options{SegmentBytes: -1}, "must be positive"},
		{"large groups", Options{GroupBytes: maxGroupBytes + 1}, "at most"},
		{"large records", Options{MaxRecordBytes: maxGroupBytes + 1}, "at most"},
		{"applied", Options{Applied: -1}, "negative"},
		{"no room for a segment", Options{MaxBytes: 1 << 20, SegmentBytes: 1 << 20}, "the bound must be at least"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.opts.fs = newMemoryFS()
			_, _, err := Open("", test.opts)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestDefaultsFitEachOther(t *testing.T) {
	for size := int64(256); size <= 1<<40; size *= 4 {
		_, err := Options{MaxBytes: size}.withDefaults()
		require.NoError(t, err, "a bound of %d", size)
	}
}
