package duckdb

import "math/bits"

// bitmap has a bit for each entry of a block; nil stands for none set.
type bitmap []byte

func newBitmap(entries int) bitmap { return make(bitmap, (entries+7)/8) }

func (b bitmap) has(i int) bool { return i/8 < len(b) && b[i/8]>>(i%8)&1 == 1 }

func (b bitmap) set(i int) { b[i/8] |= 1 << (i % 8) }

func (b bitmap) count() int {
	total := 0
	for _, c := range b {
		total += bits.OnesCount8(c)
	}
	return total
}
