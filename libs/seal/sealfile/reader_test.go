package sealfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/libs/seal/sealfile"
)

const small = 16 // bytes in a segment

func TestAFileIsReadAtAnyPlace(t *testing.T) {
	keys := openKeys(t, newKeyset(t))
	rapid.Check(t, func(rt *rapid.T) {
		content := randomBytes(rapid.IntRange(0, 5*small).Draw(rt, "size"))
		file := write(t, keys, content, small)
		reader, err := sealfile.NewReader(t.Context(), keys, bytes.NewReader(file), int64(len(file)))
		require.NoError(rt, err)
		require.Equal(rt, int64(len(content)), reader.Size())
		for range 5 {
			offset := rapid.IntRange(0, len(content)+small).Draw(rt, "offset")
			got, want := make([]byte, rapid.IntRange(0, 3*small).Draw(rt, "length")), make([]byte, 3*small)
			n, err := reader.ReadAt(got, int64(offset))
			wantN, wantErr := bytes.NewReader(content).ReadAt(want[:len(got)], int64(offset))
			require.Equal(rt, wantN, n)
			if len(got) > 0 {
				require.Equal(rt, wantErr, err)
			}
			require.Equal(rt, want[:wantN], got[:n])
		}
	})
}

func TestANegativeOffsetIsRefused(t *testing.T) {
	keys := openKeys(t, newKeyset(t))
	file := write(t, keys, []byte("text"), small)
	reader, err := sealfile.NewReader(t.Context(), keys, bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	_, err = reader.ReadAt(make([]byte, 1), -1)
	require.Error(t, err)
}

// An altered byte is found, or is in a page that the other one stands in for:
// then the content is what it was, and Inspect tells of the page.
func TestEveryAlteredByteIsFound(t *testing.T) {
	keys := openKeys(t, newKeyset(t))
	content := randomBytes(3*small + 5)
	file := write(t, keys, content, small)
	for i := range file {
		altered := bytes.Clone(file)
		altered[i] ^= 0x80
		got, err := read(t, keys, altered)
		info, inspectErr := sealfile.Inspect(bytes.NewReader(altered), int64(len(altered)))
		require.NoError(t, inspectErr)
		if i >= sealfile.HeaderSize {
			require.ErrorIs(t, err, seal.ErrDamaged, "byte %d", i)
			require.Zero(t, info.DamagedPages)
			continue
		}
		require.NoError(t, err, "byte %d", i)
		require.Equal(t, content, got)
		require.Equal(t, 1, info.DamagedPages, "byte %d", i)
	}
}

func TestAFileWithoutAWholePageIsDamaged(t *testing.T) {
	keys := openKeys(t, newKeyset(t))
	file := write(t, keys, []byte("text"), small)
	for i := range sealfile.HeaderSize / 2 {
		altered := bytes.Clone(file)
		altered[i] ^= 1
		altered[sealfile.HeaderSize-1-i] ^= 1
		_, err := read(t, keys, altered)
		require.ErrorIs(t, err, seal.ErrDamaged)
	}
}

func TestAFileThatIsCutShortIsDamaged(t *testing.T) {
	keys := openKeys(t, newKeyset(t))
	for _, size := range []int{0, 5, small, 3 * small, 3*small + 5} {
		file := write(t, keys, randomBytes(size), small)
		for n := range file {
			_, err := read(t, keys, file[:n])
			require.ErrorIs(t, err, seal.ErrDamaged, "%d of %d bytes", n, len(file))
		}
		_, err := read(t, keys, append(bytes.Clone(file), 0))
		require.ErrorIs(t, err, seal.ErrDamaged, "a byte more")
	}
}

func TestAFileThatIsCutWhileItIsOpenIsDamaged(t *testing.T) {
	keys := openKeys(t, newKeyset(t))
	file := write(t, keys, randomBytes(3*small), small)
	reader, err := sealfile.NewReader(t.Context(), keys, &cutAfterOpening{file: file}, int64(len(file)))
	require.NoError(t, err)
	_, err = reader.ReadAt(make([]byte, small), small)
	require.ErrorIs(t, err, seal.ErrDamaged)
	require.NotErrorIs(t, err, io.EOF)
}

// cutAfterOpening loses its bytes after two reads: header and last segment.
type cutAfterOpening struct {
	file  []byte
	reads int
}

func (c *cutAfterOpening) ReadAt(b []byte, offset int64) (int, error) {
	c.reads++
	if c.reads > 2 {
		return 0, io.EOF
	}
	return bytes.NewReader(c.file).ReadAt(b, offset)
}

func TestAFailingDiskIsNoDamage(t *testing.T) {
	keys := openKeys(t, newKeyset(t))
	failed := errors.New("input/output error")
	_, err := sealfile.NewReader(t.Context(), keys, failing{failed}, 10000)
	require.ErrorIs(t, err, failed)
	require.NotErrorIs(t, err, seal.ErrDamaged)
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

func TestSegmentsHaveTheirPlace(t *testing.T) {
	keys := openKeys(t, newKeyset(t))
	one, other := write(t, keys, randomBytes(3*small), small), write(t, keys, randomBytes(3*small), small)
	const sealed = small + seal.Overhead
	segment := func(file []byte, i int) []byte {
		return file[sealfile.HeaderSize+i*sealed : sealfile.HeaderSize+(i+1)*sealed]
	}
	swapped := bytes.Clone(one)
	copy(segment(swapped, 0), segment(one, 1))
	copy(segment(swapped, 1), segment(one, 0))
	foreign := bytes.Clone(one)
	copy(segment(foreign, 1), segment(other, 1))
	foreignHeader := append(bytes.Clone(other[:sealfile.HeaderSize]), one[sealfile.HeaderSize:]...)
	missing := append(bytes.Clone(one[:sealfile.HeaderSize]), one[sealfile.HeaderSize+sealed:]...)
	withoutEnd := one[:len(one)-seal.Overhead]
	for name, file := range map[string][]byte{
		"two are swapped": swapped, "one is of another file": foreign, "the header is of another file": foreignHeader,
		"one is missing": missing, "the end is missing": withoutEnd, "a whole one is the last": one[:len(one)-seal.Overhead-5],
	} {
		_, err := read(t, keys, file)
		require.ErrorIs(t, err, seal.ErrDamaged, name)
	}
}

func TestAWrongKeyIsNoDamage(t *testing.T) {
	file := write(t, openKeys(t, newKeyset(t)), []byte("text"), small)
	_, err := read(t, openKeys(t, newKeyset(t)), file)
	require.ErrorIs(t, err, seal.ErrWrongKey)
	require.NotErrorIs(t, err, seal.ErrDamaged)
}

func FuzzReader(f *testing.F) {
	keys := openKeys(f, newKeyset(f))
	content := randomBytes(3*small + 5)
	file := write(f, keys, content, small)
	f.Add(file[:sealfile.HeaderSize/2], file[sealfile.HeaderSize/2:sealfile.HeaderSize], file[sealfile.HeaderSize:])
	f.Add([]byte{}, []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, page0, page1, segments []byte) {
		whole := append(append(bytes.Clone(page0), page1...), segments...)
		_, _ = sealfile.Inspect(bytes.NewReader(whole), int64(len(whole)))
		got, err := read(t, keys, whole)
		if err == nil {
			require.Equal(t, content, got, "what opens is what was sealed")
		}
	})
}

// FuzzHeader gives a valid page every content.
func FuzzHeader(f *testing.F) {
	keys := openKeys(f, newKeyset(f))
	file := write(f, keys, []byte("text"), small)
	f.Add(file[:4092])
	f.Fuzz(func(t *testing.T, page []byte) {
		header := make([]byte, sealfile.HeaderSize)
		copy(header[:4092], page)
		sealfile.Checksum(header[:4096])
		_, err := sealfile.Load(t.Context(), keys, bytes.NewReader(header))
		if err == nil {
			require.Equal(t, file[16:32], header[16:32], "no other object has a key")
		}
		_, err = sealfile.Inspect(bytes.NewReader(header), int64(len(header)))
		if err != nil {
			require.NotErrorIs(t, err, io.EOF)
		}
	})
}

func BenchmarkReader(b *testing.B) {
	keys := openKeys(b, newKeyset(b))
	const total = 8 << 20
	for _, size := range []int{16 << 10, 64 << 10, 256 << 10, 1 << 20} {
		file := write(b, keys, make([]byte, total), size)
		reader, err := sealfile.NewReader(b.Context(), keys, bytes.NewReader(file), int64(len(file)))
		require.NoError(b, err)
		b.Run(fmt.Sprintf("segments of %d KiB", size>>10), func(b *testing.B) {
			chunk := make([]byte, 64<<10)
			b.SetBytes(int64(len(chunk)))
			for i := int64(0); b.Loop(); i++ {
				if _, err := reader.ReadAt(chunk, i*int64(len(chunk))%total); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("1 KiB anywhere of %d KiB", size>>10), func(b *testing.B) {
			chunk := make([]byte, 1<<10)
			for i := int64(0); b.Loop(); i++ {
				if _, err := reader.ReadAt(chunk, i*1_000_003%(total-1024)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
