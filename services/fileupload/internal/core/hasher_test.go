package core

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestHasherGoesOnFromAState(t *testing.T) {
	defer goleak.VerifyNone(t)
	text := strings.Repeat("0123456789", 10_000)
	want := sha256.Sum256([]byte(text))
	for _, cut := range []int{0, 1, 63, 64, 20_000, len(text)} {
		first, err := newHasher(nil)
		require.NoError(t, err)
		feed(first, text[:cut])
		state, err := first.State()
		require.NoError(t, err)
		first.Close()
		second, err := newHasher(state)
		require.NoError(t, err)
		feed(second, text[cut:])
		require.Equal(t, hex.EncodeToString(want[:]), second.Sum())
		second.Close()
	}
	_, err := newHasher([]byte("no state"))
	require.Error(t, err)
}

func TestHasherMarksAStateInsideAChunk(t *testing.T) {
	defer goleak.VerifyNone(t)
	text := strings.Repeat("0123456789", 10_000)
	want := sha256.Sum256([]byte(text))
	for _, mark := range []int{0, 1, 999, 1000, 1001, 20_000, len(text) - 1, len(text)} {
		h, err := newHasher(nil)
		require.NoError(t, err)
		h.Begin(segments(text, 1000), len(text), mark)
		h.Wait(len(text))
		feed(h, "more, which moves no mark")
		state, err := h.Marked()
		require.NoError(t, err)
		h.Close()
		second, err := newHasher(state)
		require.NoError(t, err)
		feed(second, text[mark:])
		require.Equal(t, hex.EncodeToString(want[:]), second.Sum(), "mark %d", mark)
		second.Close()
	}
}

func feed(h *hasher, text string) {
	for text != "" {
		n := min(len(text), 3*inlineBytes)
		h.Begin(segments(text[:n], 1000), n, -1)
		h.Wait(n)
		text = text[n:]
	}
}
