package cli

import (
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/pointsend"
)

// summaryView is the receipt of `sluice points send` as JSON.
type summaryView struct {
	// Status is accepted, incomplete, or passed_over when no point was new.
	Status string `json:"status"`
	// Warning tells of points that were passed over.
	Warning         string           `json:"warning,omitempty"`
	Total           int64            `json:"total_processed"`
	Accepted        int64            `json:"successful_count"`
	Rejected        int64            `json:"error_count"`
	Duplicates      int64            `json:"duplicate_count"`
	Skipped         int64            `json:"skipped_count"`
	BadLines        int64            `json:"bad_lines"`
	FailedInputs    int              `json:"failed_inputs"`
	ByReason        map[string]int64 `json:"error_counts,omitempty"`
	Errors          []rejectionView  `json:"errors,omitempty"`
	Statistics      []metricView     `json:"statistics,omitempty"`
	ProducerID      string           `json:"producer_id"`
	Epoch           int64            `json:"epoch"`
	Durable         int64            `json:"durable_sequence"`
	Frames          int64            `json:"frames"`
	Attempts        int              `json:"attempts"`
	Seconds         float64          `json:"seconds"`
	PointsPerSecond float64          `json:"points_per_second"`
}

// rejectionView is a rejected point.
type rejectionView struct {
	File        string `json:"file,omitempty"`
	Line        int    `json:"line,omitempty"`
	Sequence    int64  `json:"sequence"`
	Index       int    `json:"index"`
	Field       string `json:"field"`
	Reason      string `json:"reason"`
	Description string `json:"description"`
}

// metricView sums up what was accepted of one metric.
type metricView struct {
	Metric            string  `json:"metric"`
	Count             int64   `json:"count"`
	Min               float64 `json:"min"`
	Max               float64 `json:"max"`
	Mean              float64 `json:"mean"`
	StandardDeviation float64 `json:"standard_deviation"`
}

func viewSummary(s pointsend.Summary) summaryView {
	r := s.Result
	view := summaryView{
		Status: "accepted", Warning: s.Warning(), Total: r.TotalProcessed, Accepted: r.Successful, Rejected: r.Errors, Duplicates: r.Duplicates,
		Skipped: s.Skipped, BadLines: s.BadLines, FailedInputs: s.FailedInputs, ByReason: r.ByReason,
		ProducerID: r.ProducerID, Epoch: r.Epoch, Durable: r.Position.Durable, Frames: r.Frames, Attempts: r.Attempts,
		Seconds: r.Duration.Seconds(), PointsPerSecond: r.Rate,
		Errors:     mapped(r.PointErrors, func(e client.PointError) rejectionView { return viewRejection(s, e) }),
		Statistics: mapped(r.Statistics, func(m client.MetricStatistics) metricView { return metricView(m) }),
	}
	switch {
	case !s.Complete():
		view.Status = "incomplete"
	case s.NothingNew():
		view.Status = "passed_over"
	}
	return view
}

func viewRejection(s pointsend.Summary, e client.PointError) rejectionView {
	view := rejectionView{Sequence: e.Sequence, Index: e.Index, Field: e.Field, Reason: e.Reason, Description: e.Description}
	view.File, view.Line, _ = s.Place(e.Point)
	return view
}
