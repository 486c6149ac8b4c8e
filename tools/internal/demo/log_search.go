package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/client"
)

// lastErrors is how many errors are shown.
const lastErrors = 5

// searchStory finds one entry and the last errors, and counts all.
func (d *demo) searchStory(ctx context.Context) (string, error) {
	for _, part := range []func(context.Context) error{d.findOne, d.findErrors, d.countLevels, d.countApplications, d.findAll} {
		if err := part(ctx); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%s entries found as they have to be, each once", humanize.Comma(d.told.Indexed)), nil
}

// findOne searches for the one entry of a request, which has a card's number.
func (d *demo) findOne(ctx context.Context) error {
	want := d.story.withSecret("card")
	id := want.Fields["request_id"]
	found, err := d.search(ctx, client.LogSearch{Filter: client.LogFilter{Fields: []*client.FieldMatcher{{
		Name: "request_id", Operator: queryv1.MatchOperator_MATCH_OPERATOR_EQUAL, Value: id,
	}}}})
	if err != nil {
		return err
	}
	d.stage.detailf("one request", "%s", id)
	d.showEntries(found)
	return expectFound("request "+id, found, []storyEntry{want})
}

// findErrors searches for the last errors.
func (d *demo) findErrors(ctx context.Context) error {
	found, err := d.search(ctx, client.LogSearch{Filter: client.LogFilter{MinimumLevel: client.LevelError}, Limit: lastErrors})
	if err != nil {
		return err
	}
	d.stage.detailf("last errors", "newest first")
	d.showEntries(found)
	return expectFound("the last errors", found, d.story.last(lastErrors, client.LevelError))
}

// findAll reads everything back and compares it.
func (d *demo) findAll(ctx context.Context) (err error) {
	if d.found, err = d.search(ctx, client.LogSearch{OldestFirst: true}); err != nil {
		return err
	}
	var want []storyEntry
	for _, e := range d.story.entries {
		sampled := e.outcome == isSampled && len(want) < len(d.found) && d.found[len(want)].Time.Equal(e.Time)
		if e.outcome == isIndexed || sampled {
			want = append(want, e)
		}
	}
	d.stage.detailf("all entries", "%s read back and compared", humanize.Comma(int64(len(d.found))))
	return expectFound("all entries", d.found, want)
}

// search waits until it sees what was sent.
func (d *demo) search(ctx context.Context, s client.LogSearch) ([]client.LogRecord, error) {
	s.WaitFor = seen(d.told)
	var found []client.LogRecord
	for record, err := range d.logs.client.SearchLogs(ctx, s) {
		if err != nil {
			return nil, err
		}
		found = append(found, record)
	}
	return found, nil
}

// seen has a query see everything of a result.
func seen(r *client.LogResult) client.WaitFor {
	return client.WaitFor{ProducerID: r.ProducerID, Sequence: r.Position.Durable, Timeout: time.Minute}
}

// showEntries shows entries as the command line does, but for the day.
func (d *demo) showEntries(records []client.LogRecord) {
	for _, r := range records {
		d.showEntry(r)
	}
}

const clock = "15:04:05.000"

func (d *demo) showEntry(r client.LogRecord) {
	const width = columns - len(indent) - len(clock) - len(" ERROR ")
	level := strings.ToUpper(levelName(r.Level))
	text := wrapped(r.Application+"  "+trimmed(r.Message), width)
	d.stage.linef("%s %s %s", d.stage.paint(dim, r.Time.Format(clock)), d.paintLevel(r.Level, fmt.Sprintf("%-5s", level)), text[0])
	for _, more := range text[1:] {
		d.stage.linef("%*s%s", columns-len(indent)-width, "", more)
	}
}

func (d *demo) paintLevel(l client.Level, text string) string {
	return d.stage.paint(d.LevelColour(l), text)
}

// expectFound compares what a search found with what was sent.
func expectFound(what string, found []client.LogRecord, want []storyEntry) error {
	if len(found) != len(want) {
		return fmt.Errorf("the search for %s finds %d entries, not %d", what, len(found), len(want))
	}
	for i, r := range found {
		if err := want[i].expect(r); err != nil {
			return fmt.Errorf("the search for %s: %w", what, err)
		}
	}
	return nil
}

// expect compares an entry as it was found with what has to become of it.
func (e *storyEntry) expect(r client.LogRecord) error {
	if r.Application != e.Application || r.Level != e.level || !r.Time.Equal(e.Time) || r.Message != e.message ||
		r.Redacted != e.redacted || r.Category != e.category || !maps.Equal(r.Fields, e.fields) {
		return fmt.Errorf("it finds %+v, which has to be %q of level %s and category %q with the fields %v",
			r, e.message, e.level, e.category, e.fields)
	}
	return nil
}

// countLevels counts by level and draws that.
func (d *demo) countLevels(ctx context.Context) error {
	rows, err := d.logs.client.LogStatistics(ctx, client.LogStatisticsQuery{ByLevel: true, WaitFor: seen(d.told)})
	if err != nil {
		return err
	}
	counts := map[client.Level]int64{}
	bars := make([]bar, 0, len(rows))
	for _, row := range slices.Backward(rows) {
		counts[row.Level] = row.Count
		bars = append(bars, bar{levelName(row.Level), row.Count, d.LevelColour(row.Level)})
	}
	d.stage.bars("by level", bars)
	return expectCounts("level", counts, wantCounts(d.story, d.told, func(e *storyEntry) client.Level { return e.level }))
}

func levelName(l client.Level) string {
	if l == client.LevelUnspecified {
		return "none"
	}
	return l.String()
}

// countApplications counts by application and draws that.
func (d *demo) countApplications(ctx context.Context) error {
	rows, err := d.logs.client.LogStatistics(ctx, client.LogStatisticsQuery{ByApplication: true, WaitFor: seen(d.told)})
	if err != nil {
		return err
	}
	counts := map[string]int64{}
	bars := make([]bar, 0, len(rows))
	for _, row := range rows {
		counts[row.Application] = row.Count
		bars = append(bars, bar{row.Application, row.Count, bold})
	}
	slices.SortStableFunc(bars, func(a, b bar) int { return int(b.count - a.count) })
	d.stage.bars("by application", bars)
	return expectCounts("application", counts, wantCounts(d.story, d.told, func(e *storyEntry) string { return e.Application }))
}

// wantCounts counts the entries that have to be indexed by a key. The receipt
// tells how many of the sampled ones are among them, which all have one key.
func wantCounts[K comparable](s *logStory, r *client.LogResult, key func(*storyEntry) K) map[K]int64 {
	counts := map[K]int64{}
	indexed := s.of(isIndexed)
	for i := range indexed {
		counts[key(&indexed[i])]++
	}
	counts[key(&s.of(isSampled)[0])] += r.Indexed - int64(len(indexed))
	return counts
}

func expectCounts[K comparable](by string, counts, want map[K]int64) error {
	if !maps.Equal(counts, want) {
		return fmt.Errorf("the counts by %s are %v, not %v", by, counts, want)
	}
	return nil
}
