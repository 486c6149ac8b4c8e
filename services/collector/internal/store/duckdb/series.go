package duckdb

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// seriesPage is how many series EachSeries holds at once.
const seriesPage = 20_000

func appendSeries(ctx context.Context, conn *engine.Conn, series []core.Series) error {
	if len(series) == 0 {
		return nil
	}
	ids := make([]core.SeriesID, len(series))
	tenants, sources := make([]string, len(series)), make([]string, len(series))
	metrics, tags := make([]string, len(series)), make([]string, len(series))
	for i := range series {
		ids[i], tenants[i], sources[i], metrics[i] = series[i].ID, series[i].Tenant, series[i].Source, series[i].Metric
		var err error
		if tags[i], err = encodeTags(series[i].Tags); err != nil {
			return err
		}
	}
	if err := conn.Append("series", engine.Uint32s(ids),
		engine.Texts(tenants), engine.Texts(sources), engine.Texts(metrics), engine.Texts(tags)); err != nil {
		return err
	}
	return duckdb.RaiseCounter(ctx, conn, lastSeries, int64(slices.Max(ids)))
}

// LastSeriesID returns the highest ID that the store has ever seen.
func (s *Store) LastSeriesID(ctx context.Context) (core.SeriesID, error) {
	id, err := s.Counter(ctx, lastSeries)
	return core.SeriesID(id), err
}

// EachSeries calls each with every series and the timestamp of its last sample,
// which is the smallest int64 for a series without any. An error of each ends
// it and is returned as it is.
func (s *Store) EachSeries(ctx context.Context, each func(s core.Series, last int64) error) error {
	last, err := s.lastTimestamps(ctx)
	if err != nil {
		return err
	}
	var after core.SeriesID
	for {
		page, err := s.seriesAfter(ctx, after)
		if err != nil || len(page) == 0 {
			return err
		}
		for i := range page {
			if err := each(page[i], last.of(page[i].ID)); err != nil {
				return err
			}
		}
		after = page[len(page)-1].ID
	}
}

func (s *Store) seriesAfter(ctx context.Context, after core.SeriesID) (page []core.Series, err error) {
	query := fmt.Sprintf("SELECT id, tenant, source, metric, tags FROM series WHERE id > %d ORDER BY id LIMIT %d",
		after, seriesPage)
	err = s.Read(ctx, "read the series", func(ctx context.Context, conn *engine.Conn) error {
		page = page[:0]
		rows, err := conn.Query(ctx, query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			for i, id := range engine.Numbers[core.SeriesID](rows, 0) {
				one, err := scanSeries(rows, i, id)
				if err != nil {
					return err
				}
				page = append(page, one)
			}
		}
		return nil
	})
	return page, err
}

func scanSeries(rows *engine.Rows, row int, id core.SeriesID) (core.Series, error) {
	series := core.Series{ID: id}
	series.Tenant, _ = rows.Text(1, row)
	series.Source, _ = rows.Text(2, row)
	series.Metric, _ = rows.Text(3, row)
	text, _ := rows.Text(4, row)
	var err error
	if series.Tags, err = decodeTags(text); err != nil {
		return series, fmt.Errorf("the tags of series %d: %w", id, err)
	}
	return series, nil
}

// timestamps are timestamps of series, in ascending order of the series.
type timestamps struct {
	series []core.SeriesID
	times  []int64
}

func (t *timestamps) of(id core.SeriesID) int64 {
	if i, found := slices.BinarySearch(t.series, id); found {
		return t.times[i]
	}
	return math.MinInt64
}

func (s *Store) lastTimestamps(ctx context.Context) (last timestamps, err error) {
	err = s.Read(ctx, "read the last timestamps", func(ctx context.Context, conn *engine.Conn) error {
		last = timestamps{}
		rows, err := conn.Query(ctx, "SELECT series, max(ts) FROM samples GROUP BY series ORDER BY series")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			last.series = append(last.series, engine.Numbers[core.SeriesID](rows, 0)...)
			last.times = append(last.times, engine.Numbers[int64](rows, 1)...)
		}
		return nil
	})
	return last, err
}

func encodeTags(tags []core.Tag) (string, error) {
	object := make(map[string]string, len(tags))
	for _, tag := range tags {
		object[tag.Name] = tag.Value
	}
	text, err := json.Marshal(object)
	return string(text), err
}

func decodeTags(text string) ([]core.Tag, error) {
	var object map[string]string
	if err := json.Unmarshal([]byte(text), &object); err != nil || len(object) == 0 {
		return nil, err
	}
	tags := make([]core.Tag, 0, len(object))
	for name, value := range object {
		tags = append(tags, core.Tag{Name: name, Value: value})
	}
	slices.SortFunc(tags, func(a, b core.Tag) int { return cmp.Compare(a.Name, b.Name) })
	return tags, nil
}
