package demo

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/logsend"
)

// storyRate lets the sending last long enough to be seen.
const storyRate = 10_000

// sendStory sends the entries in one stream, and expects the receipt to tell
// exactly what becomes of them.
func (d *demo) sendStory(ctx context.Context) (string, error) {
	d.story = newLogStory(d.Now())
	var err error
	d.told, err = d.sendLogs(ctx, feed[*client.LogEntry]{
		name: "entries", count: len(d.story.entries), perSecond: storyRate,
		item: func(i int) *client.LogEntry { return d.story.entries[i].LogEntry },
	}, client.WithBatchDelay(time.Second)) // Full frames, however busy the machine is.
	if err != nil {
		return "", err
	}
	d.showTold()
	if err := d.story.check(d.told); err != nil {
		return "", err
	}
	r := d.told
	return fmt.Sprintf("%s indexed, %s filtered, %d rejected, %d redacted",
		humanize.Comma(r.Indexed), humanize.Comma(r.Filtered), r.Rejected, r.Redacted), nil
}

// sendLogs feeds entries to the SDK.
func (d *demo) sendLogs(
	ctx context.Context, entries feed[*client.LogEntry], more ...client.SendOption,
) (result *client.LogResult, err error) {
	err = entries.run(ctx, d, func(ctx context.Context, items <-chan *client.LogEntry, options ...client.SendOption) error {
		result, err = d.logs.client.SendLogs(ctx, items, append(options, more...)...)
		return err
	})
	return result, err
}

// showTold shows the receipt.
func (d *demo) showTold() {
	r := d.told
	d.stage.detailf("received", "%s entries in one stream, %d frames", humanize.Comma(r.Received), r.Frames)
	d.stage.detailf("indexed", "%s, %d of them with something redacted", humanize.Comma(r.Indexed), r.Redacted)
	d.stage.detailf("filtered", "%s: the health checks, and nine of ten debug entries", humanize.Comma(r.Filtered))
	shown := map[string]bool{}
	for _, e := range r.Errors {
		if !shown[e.Reason] {
			shown[e.Reason] = true
			d.stage.detailf("rejected", "%d × %s, first entry %d", r.ErrorCounts[e.Reason], e.Reason, e.Entry)
			d.stage.detailf("", "%s", logsend.Why(e))
		}
	}
	about := "rules hit"
	for _, c := range r.RuleCounts {
		d.stage.detailf(about, "%-9s %-18s %6s", c.Stage, c.Rule, humanize.Comma(c.Count))
		about = ""
	}
}

// check compares a receipt with what has to become of the entries. How many of
// the sampled ones are indexed is told by the receipt alone; searches check it.
func (s *logStory) check(r *client.LogResult) error {
	rejected, rules := map[string]int64{}, map[string]int64{site: r.Indexed}
	var redacted int64
	for _, e := range s.entries {
		if e.outcome == isRejected {
			rejected[e.reason]++
		}
		if e.redacted {
			redacted++
		}
		for _, rule := range e.rules {
			rules[rule]++
		}
	}
	hit := map[string]int64{}
	for _, c := range r.RuleCounts {
		hit[c.Stage.String()+"/"+c.Rule] = c.Count
	}
	switch {
	case r.Received != int64(len(s.entries)) || r.Indexed+r.Filtered+r.Rejected != r.Received:
		return fmt.Errorf("the receipt counts %d entries: %d indexed, %d filtered, %d rejected; %d were sent",
			r.Received, r.Indexed, r.Filtered, r.Rejected, len(s.entries))
	case !maps.Equal(r.ErrorCounts, rejected):
		return fmt.Errorf("the entries were rejected for the reasons %v, not %v", r.ErrorCounts, rejected)
	case r.Redacted != redacted:
		return fmt.Errorf("the receipt counts %d entries redacted, not %d", r.Redacted, redacted)
	case !maps.Equal(hit, rules):
		return fmt.Errorf("the rules were hit %v, not %v", hit, rules)
	}
	return s.checkSampled(r)
}

// checkSampled compares the share of the sampled entries that is indexed, which
// is a tenth, with some leeway for chance.
func (s *logStory) checkSampled(r *client.LogResult) error {
	sampled := int64(len(s.of(isSampled)))
	kept := r.Indexed - int64(len(s.of(isIndexed)))
	if kept < sampled*7/100 || kept > sampled*13/100 {
		return fmt.Errorf("%d of %d debug entries were indexed, not a tenth", kept, sampled)
	}
	return nil
}

// trimmed is a message on one line, of which the rest is left out.
func trimmed(message string) string {
	first, _, more := strings.Cut(message, "\n")
	if more {
		first += " …"
	}
	return first
}
