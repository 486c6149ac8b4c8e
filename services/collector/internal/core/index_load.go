package core

import "context"

// LoadIndex returns the index of all series that the store has.
func LoadIndex(ctx context.Context, store Store) (*Index, error) {
	last, err := store.LastSeriesID(ctx)
	if err != nil {
		return nil, err
	}
	index := NewIndex(last)
	err = store.EachSeries(ctx, func(s Series, lastTimestamp int64) error {
		index.Load(s, lastTimestamp)
		return nil
	})
	return index, err
}
