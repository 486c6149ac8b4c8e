package bench

import (
	"context"
	"slices"
	"time"

	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/load"
)

// query measures the queries of a server that has stored the load and nothing
// else.
func (b *logsBench) query(ctx context.Context, r *frameRun) error {
	if !b.local {
		return nil
	}
	for _, q := range []struct {
		to  *[]float64
		ask func(context.Context, *client.StreamingClient, int) (func() error, error)
	}{
		{&b.needle, b.askNeedle}, {&b.levels, b.askLevels}, {&b.last, b.askErrors},
	} {
		took, err := b.timed(ctx, r.clients[0], q.ask)
		if err != nil {
			return err
		}
		*q.to = append(*q.to, took)
	}
	b.Log("run %d: needle in %.1f ms, levels in %.1f ms, last errors in %.1f ms",
		len(b.acked), last(b.needle), last(b.levels), last(b.last))
	return nil
}

// timed returns the median of how long ask takes, in ms. What ask returns checks
// the answer when the clock has stopped.
func (b *logsBench) timed(
	ctx context.Context, c *client.StreamingClient, ask func(ctx context.Context, c *client.StreamingClient, turn int) (check func() error, err error),
) (float64, error) {
	var took []float64
	for turn := range repeats + 1 {
		begun := time.Now()
		check, err := ask(ctx, c, turn)
		if err != nil {
			return 0, err
		}
		took = append(took, milliseconds(time.Since(begun)))
		if err := check(); err != nil {
			return 0, err
		}
	}
	return median(took[1:]), nil // the first one warmed the server up
}

// askNeedle searches for another entry each turn.
func (b *logsBench) askNeedle(ctx context.Context, c *client.StreamingClient, turn int) (func() error, error) {
	needle := &b.truth.needles[turn%len(b.truth.needles)]
	found, err := search(ctx, c, client.LogSearch{Filter: byRequest(needle)})
	return func() error { return b.truth.checkNeedle(found, needle) }, err
}

func byRequest(needle *load.LogEntry) client.LogFilter {
	return client.LogFilter{Fields: []*client.FieldMatcher{{
		Name: "request_id", Operator: queryv1.MatchOperator_MATCH_OPERATOR_EQUAL, Value: needle.RequestID,
	}}}
}

func (b *logsBench) askLevels(ctx context.Context, c *client.StreamingClient, _ int) (func() error, error) {
	found, err := c.LogStatistics(ctx, client.LogStatisticsQuery{ByLevel: true})
	return func() error { return b.truth.checkLevels(found) }, err
}

func (b *logsBench) askErrors(ctx context.Context, c *client.StreamingClient, _ int) (func() error, error) {
	found, err := search(ctx, c, client.LogSearch{Filter: client.LogFilter{MinimumLevel: client.LevelError}, Limit: lastErrors})
	return func() error { return b.truth.checkErrors(found) }, err
}

func search(ctx context.Context, c *client.StreamingClient, s client.LogSearch) ([]client.LogRecord, error) {
	var found []client.LogRecord
	for record, err := range c.SearchLogs(ctx, s) {
		if err != nil {
			return nil, err
		}
		found = append(found, record)
	}
	return slices.Clip(found), nil
}
