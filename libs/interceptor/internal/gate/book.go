package gate

import "github.com/hashicorp/golang-lru/v2/simplelru"

// maxIdle bounds the memory that those take who have nothing open. Who was here
// least recently is forgotten first, and finds an unused account when it comes
// back.
const maxIdle = 10_000

// Book keeps a value for each key: all that are held, and the 10,000 others
// that were held last. Not safe for concurrent use.
type Book[K comparable, V any] struct {
	fresh func(K) V
	held  map[K]*entry[V]
	idle  *simplelru.LRU[K, *entry[V]]
}

type entry[V any] struct {
	value   V
	holders int
}

// NewBook returns an empty book. fresh makes the value of a key that it hasn't
// got.
func NewBook[K comparable, V any](fresh func(K) V) *Book[K, V] {
	idle, err := simplelru.NewLRU[K, *entry[V]](maxIdle, nil)
	if err != nil {
		panic(err) // Only for a size that is not positive.
	}
	return &Book[K, V]{fresh: fresh, held: map[K]*entry[V]{}, idle: idle}
}

// Hold returns the value of a key, which stays until as many calls of
// [Book.Release].
func (b *Book[K, V]) Hold(key K) V {
	e, ok := b.held[key]
	if !ok {
		e = b.take(key)
		b.held[key] = e
	}
	e.holders++
	return e.value
}

// take returns the entry of a key that is not held.
func (b *Book[K, V]) take(key K) *entry[V] {
	if e, ok := b.idle.Peek(key); ok {
		b.idle.Remove(key)
		return e
	}
	return &entry[V]{value: b.fresh(key)}
}

// Release ends one [Book.Hold].
func (b *Book[K, V]) Release(key K) {
	e := b.held[key]
	e.holders--
	if e.holders == 0 {
		delete(b.held, key)
		b.idle.Add(key, e)
	}
}
