package seal_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/seal"
)

func TestWhatIsSealedOpens(t *testing.T) {
	key, _ := newDataKey(t, openKeys(t, newKeyset(t)), "object")
	for _, size := range []int{0, 1, 15, 16, 17, 1000, 65536} {
		plaintext := make([]byte, size)
		_, _ = rand.Read(plaintext)
		sealed := key.Seal([]byte("before"), plaintext, []byte("place"))
		require.Equal(t, "before", string(sealed[:6]))
		sealed = sealed[6:]
		require.Len(t, sealed, size+seal.Overhead)
		opened, err := key.Open(nil, sealed, []byte("place"))
		require.NoError(t, err)
		require.True(t, bytes.Equal(plaintext, opened))
		opened, err = key.Open(sealed[12:12], sealed, []byte("place"))
		require.NoError(t, err, "in place")
		require.True(t, bytes.Equal(plaintext, opened))
	}
}

func TestEveryAlterationIsFound(t *testing.T) {
	key, _ := newDataKey(t, openKeys(t, newKeyset(t)), "object")
	sealed := key.Seal(nil, []byte("some plain text"), []byte("place"))
	for i := range sealed {
		altered := bytes.Clone(sealed)
		altered[i] ^= 1
		_, err := key.Open(nil, altered, []byte("place"))
		require.ErrorIs(t, err, seal.ErrDamaged, "byte %d", i)
		_, err = key.Open(nil, sealed[:i], []byte("place"))
		require.ErrorIs(t, err, seal.ErrDamaged, "cut at %d", i)
	}
	_, err := key.Open(nil, sealed, []byte("plane"))
	require.ErrorIs(t, err, seal.ErrDamaged)
	_, err = key.Open(nil, append(sealed, 0), []byte("place"))
	require.ErrorIs(t, err, seal.ErrDamaged)
}

func TestTheSameTextIsSealedAnewEachTime(t *testing.T) {
	key, _ := newDataKey(t, openKeys(t, newKeyset(t)), "object")
	once := key.Seal(nil, []byte("text"), nil)
	require.NotEqual(t, once, key.Seal(nil, []byte("text"), nil))
}

func TestSealingAllocatesNothing(t *testing.T) {
	key, _ := newDataKey(t, openKeys(t, newKeyset(t)), "object")
	plaintext, associated := make([]byte, 1000), make([]byte, 20)
	sealed, opened := make([]byte, 0, 1000+seal.Overhead), make([]byte, 0, 1000)
	require.Zero(t, testing.AllocsPerRun(100, func() { sealed = key.Seal(sealed[:0], plaintext, associated) }))
	require.Zero(t, testing.AllocsPerRun(100, func() {
		var err error
		if opened, err = key.Open(opened[:0], sealed, associated); err != nil {
			panic(err)
		}
	}))
}

func FuzzOpen(f *testing.F) {
	key, _ := newDataKey(f, openKeys(f, newKeyset(f)), "object")
	f.Add([]byte{}, []byte{})
	f.Add(make([]byte, seal.Overhead), []byte("x"))
	f.Fuzz(func(t *testing.T, sealed, associated []byte) {
		_, err := key.Open(nil, sealed, associated)
		require.ErrorIs(t, err, seal.ErrDamaged, "nobody guesses a tag")
	})
}

func BenchmarkDataKey(b *testing.B) {
	key, _ := newDataKey(b, openKeys(b, newKeyset(b)), "object")
	for _, size := range []int{128, 1 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20} {
		plaintext := make([]byte, size)
		sealed := make([]byte, 0, size+seal.Overhead)
		b.Run(fmt.Sprintf("seal/%d", size), func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				sealed = key.Seal(sealed[:0], plaintext, nil)
			}
		})
		b.Run(fmt.Sprintf("open/%d", size), func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			sealed = key.Seal(sealed[:0], plaintext, nil)
			for b.Loop() {
				if _, err := key.Open(plaintext[:0], sealed, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
