package sealed

import (
	"context"
	"iter"
	"strings"
)

// Parts yields the identifier of every part, of either form.
func (s *Store) Parts(ctx context.Context) iter.Seq2[string, error] {
	return withoutSuffix(s.inner.Parts(ctx))
}

// Blobs yields the identifier of every blob, of either form.
func (s *Store) Blobs(ctx context.Context) iter.Seq2[string, error] {
	return withoutSuffix(s.inner.Blobs(ctx))
}

func withoutSuffix(ids iter.Seq2[string, error]) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for id, err := range ids {
			if !yield(strings.TrimSuffix(id, suffix), err) {
				return
			}
		}
	}
}

// Count is how many blobs a store has in each form.
type Count struct {
	Sealed, Plain int
}

// Count counts the blobs by their names. It takes as long as listing them.
func (s *Store) Count(ctx context.Context) (Count, error) {
	var c Count
	for id, err := range s.inner.Blobs(ctx) {
		switch {
		case err != nil:
			return c, err
		case strings.HasSuffix(id, suffix):
			c.Sealed++
		default:
			c.Plain++
		}
	}
	return c, nil
}
