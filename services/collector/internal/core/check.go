package core

import (
	"time"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// check leaves the accepted points in the frame, in their order, and returns
// how many others were rejected for each reason.
func (c *Collection) check(sequence int64, now time.Time) []frame.RejectedCount {
	rules := c.collector.limits.Rules(c.Tenant(), now)
	rules.sources = c.sources
	c.rejected = c.rejected[:0]
	points := c.frame.Points
	kept := 0
	for i := range points {
		if reason := c.fault(&rules, &points[i]); reason != noReason {
			c.reject(&rules, sequence, i, reason)
			continue
		}
		if kept != i {
			points[kept] = points[i]
		}
		kept++
	}
	c.frame.Points = points[:kept]
	return c.rejected
}

// fault returns why a point is not accepted, or noReason.
func (c *Collection) fault(rules *Rules, p *frame.Point) collectorv1.PointErrorReason {
	if reason := rules.Check(p); reason != noReason {
		return reason
	}
	var within bool
	c.ids, within = c.collector.index.Resolve(c.Tenant(), p, c.collector.limits.SeriesPerTenant, c.ids[:0])
	if !within {
		return seriesLimit
	}
	return noReason
}

// reject counts a point of the frame and describes it if there is room for that
// in the receipt.
func (c *Collection) reject(rules *Rules, sequence int64, index int, reason collectorv1.PointErrorReason) {
	c.tally.rejected[reason]++
	if len(c.tally.errors) < maxPointErrors {
		rejection := rules.Explain(index, &c.frame.Points[index], reason)
		c.tally.errors = append(c.tally.errors, rejection.Proto(sequence))
	}
	for i := range c.rejected {
		if c.rejected[i].Reason == reason {
			c.rejected[i].Count++
			return
		}
	}
	c.rejected = append(c.rejected, frame.RejectedCount{Reason: reason, Count: 1})
}
