package cli

import (
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/logsend"
)

// logSummaryView is the receipt of `sluice logs send` as JSON.
type logSummaryView struct {
	// Status is accepted, incomplete, or passed_over when no entry was new.
	Status string `json:"status"`
	// Warning tells of entries that were passed over.
	Warning          string             `json:"warning,omitempty"`
	Received         int64              `json:"total_received"`
	Indexed          int64              `json:"indexed_count"`
	Filtered         int64              `json:"filtered_count"`
	Rejected         int64              `json:"rejected_count"`
	Duplicates       int64              `json:"duplicate_count"`
	Redacted         int64              `json:"redacted_count"`
	Skipped          int64              `json:"skipped_count"`
	FailedInputs     int                `json:"failed_inputs"`
	Inputs           []logInputView     `json:"inputs"`
	ErrorCounts      map[string]int64   `json:"error_counts,omitempty"`
	Errors           []logRejectionView `json:"errors,omitempty"`
	RuleCounts       []ruleCountView    `json:"rule_counts,omitempty"`
	ProducerID       string             `json:"producer_id"`
	Epoch            int64              `json:"epoch"`
	Durable          int64              `json:"durable_sequence"`
	Frames           int64              `json:"frames"`
	Attempts         int                `json:"attempts"`
	Seconds          float64            `json:"seconds"`
	EntriesPerSecond float64            `json:"entries_per_second"`
}

// logInputView is a file that was read.
type logInputView struct {
	File      string `json:"file"`
	Format    string `json:"format"`
	Lines     int64  `json:"lines"`
	Entries   int64  `json:"entries"`
	Unparsed  int64  `json:"unparsed_lines"`
	Joined    int64  `json:"joined_lines"`
	Shortened int64  `json:"shortened_entries"`
	Repaired  int64  `json:"repaired_lines"`
}

// logRejectionView is a rejected entry.
type logRejectionView struct {
	File        string `json:"file,omitempty"`
	Line        int    `json:"line,omitempty"`
	Sequence    int64  `json:"sequence"`
	Index       int    `json:"index"`
	Field       string `json:"field"`
	Reason      string `json:"reason"`
	Description string `json:"description"`
}

// ruleCountView is how many entries a rule hit.
type ruleCountView struct {
	Stage string `json:"stage"`
	Rule  string `json:"rule"`
	Count int64  `json:"count"`
}

func viewLogSummary(s logsend.Summary) logSummaryView {
	r := s.Result
	view := logSummaryView{
		Status: "accepted", Warning: s.Warning(), Received: r.Received, Indexed: r.Indexed, Filtered: r.Filtered,
		Rejected: r.Rejected, Duplicates: r.Duplicates, Redacted: r.Redacted, Skipped: s.Skipped, FailedInputs: s.FailedInputs,
		Inputs: mapped(s.Reports, viewLogInput), ErrorCounts: r.ErrorCounts, RuleCounts: mapped(r.RuleCounts, viewRuleCount),
		Errors:     mapped(r.Errors, func(e client.LogError) logRejectionView { return viewLogRejection(s, e) }),
		ProducerID: r.ProducerID, Epoch: r.Epoch, Durable: r.Position.Durable, Frames: r.Frames, Attempts: r.Attempts,
		Seconds: r.Duration.Seconds(), EntriesPerSecond: r.Rate,
	}
	switch {
	case !s.Complete():
		view.Status = "incomplete"
	case s.NothingNew():
		view.Status = "passed_over"
	}
	return view
}

func viewLogInput(r logsend.Report) logInputView {
	return logInputView{
		File: r.Path, Format: string(r.Format), Lines: r.Lines, Entries: r.Entries, Unparsed: r.Unparsed,
		Joined: r.Joined, Shortened: r.Shortened, Repaired: r.Repaired,
	}
}

func viewRuleCount(c client.RuleCount) ruleCountView {
	return ruleCountView{Stage: c.Stage.String(), Rule: c.Rule, Count: c.Count}
}

func viewLogRejection(s logsend.Summary, e client.LogError) logRejectionView {
	view := logRejectionView{Sequence: e.Sequence, Index: e.Index, Field: e.Field, Reason: e.Reason, Description: e.Description}
	view.File, view.Line, _ = s.Place(e.Entry)
	return view
}
