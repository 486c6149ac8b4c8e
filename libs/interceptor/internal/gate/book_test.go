package gate

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatIsHeldIsNeverForgotten(t *testing.T) {
	b := NewBook(func(int) *int { return new(int) })
	held := b.Hold(-1)
	for i := range 3 * maxIdle {
		b.Hold(i)
		b.Release(i)
	}
	require.Same(t, held, b.Hold(-1))
	require.Len(t, b.held, 1)
	require.Equal(t, maxIdle, b.idle.Len())
	b.Release(-1)
	b.Release(-1)
	require.Empty(t, b.held)
	require.Same(t, held, b.Hold(-1), "it is remembered afterwards")
}

func TestWhoWasHereLeastRecentlyIsForgotten(t *testing.T) {
	b := NewBook(func(int) *int { return new(int) })
	visit := func(key int) *int {
		defer b.Release(key)
		return b.Hold(key)
	}
	first, second := visit(1), visit(2)
	for i := range maxIdle - 1 {
		visit(10 + i)
		require.Same(t, second, visit(2))
	}
	require.NotSame(t, first, visit(1))
}
