package logsend

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/sending"
)

// examples is how many rejected entries are shown of each reason.
const examples = 3

// Summary is the receipt of a sending with what became of the inputs.
type Summary struct {
	Result  *client.LogResult
	Reports []Report
	// Skipped entries were sent by an earlier run.
	Skipped int64
	// FailedInputs could not be read to their end.
	FailedInputs int
	// Place tells where a rejected entry begins; nil where nobody knows.
	Place func(entry int64) (path string, line int, ok bool)
}

// Count writes a number of entries.
func Count(n int64) string {
	if n == 1 {
		return "1 entry"
	}
	return humanize.Comma(n) + " entries"
}

// Complete tells whether no entry was rejected and every input was read.
func (s Summary) Complete() bool { return s.Result.Rejected == 0 && s.FailedInputs == 0 }

// NothingNew tells whether every entry of the input was passed over.
func (s Summary) NothingNew() bool { return s.Skipped > 0 && s.Result.Frames == 0 }

// Text describes the summary:
//
//	a.log: syslog (RFC 3164), 10,000 lines, 10,000 entries
//	10,000 entries in 0.40s (25,000 entries/s)
//	  9,000 indexed, 12 of them redacted
//	    985 left out by filter rules
//	     15 rejected:
//	      15 TIMESTAMP_TOO_OLD
//	          a.log:17  timestamp: is older than 30 days
//	hits by rule:
//	  filter  no-debug  985
func (s Summary) Text() string {
	lines := s.inputs()
	if r := s.Result; !s.NothingNew() {
		lines = append(lines, Count(r.Received)+" in "+sending.Took(r.Received, r.Duration, r.Rate, "entries"))
		lines = append(lines, s.outcomes()...)
		lines = append(lines, Rules(r.RuleCounts)...)
	}
	if s.Skipped > 0 {
		lines = append(lines, Count(s.Skipped)+" passed over, which the producer has sent before")
	}
	return strings.Join(append(lines, s.remarks()...), "\n")
}

// outcomes tell what became of the entries.
func (s Summary) outcomes() []string {
	r := s.Result
	indexed := "indexed"
	if r.Redacted > 0 {
		indexed += ", " + humanize.Comma(r.Redacted) + " of them redacted"
	}
	width := len(humanize.Comma(r.Received))
	var lines []string
	add := func(count int64, what string) {
		lines = append(lines, fmt.Sprintf("  %*s %s", width, humanize.Comma(count), what))
	}
	add(r.Indexed, indexed)
	if r.Filtered > 0 {
		add(r.Filtered, "left out by filter rules")
	}
	if r.Duplicates > 0 {
		add(r.Duplicates, "known already and dropped")
	}
	if r.Rejected > 0 {
		add(r.Rejected, "rejected:")
		lines = append(lines, s.reasons()...)
	}
	return lines
}

// reasons has the most frequent reason first.
func (s Summary) reasons() []string {
	counts := s.Result.ErrorCounts
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	var lines []string
	for _, name := range names {
		lines = append(lines, fmt.Sprintf("      %s %s", humanize.Comma(counts[name]), name))
		shown := 0
		for _, e := range s.Result.Errors {
			if e.Reason == name && shown < examples {
				shown++
				lines = append(lines, "          "+s.Where(e)+"  "+Why(e))
			}
		}
	}
	return lines
}

// Rules shows how many entries each rule hit.
func Rules(counts []client.RuleCount) []string {
	if len(counts) == 0 {
		return nil
	}
	stage, rule := 0, 0
	for _, c := range counts {
		stage, rule = max(stage, len(c.Stage.String())), max(rule, len(human.Text(c.Rule)))
	}
	lines := []string{"hits by rule:"}
	for _, c := range counts {
		lines = append(lines, fmt.Sprintf("  %-*s  %-*s  %s", stage, c.Stage, rule, human.Text(c.Rule), humanize.Comma(c.Count)))
	}
	return lines
}

// remarks tell what was odd about the inputs.
func (s Summary) remarks() []string {
	var total Report
	for _, r := range s.Reports {
		total.Unparsed += r.Unparsed
		total.Joined += r.Joined
		total.Shortened += r.Shortened
		total.Repaired += r.Repaired
	}
	var lines []string
	for _, remark := range []struct {
		count int64
		one   string
		many  string
	}{
		{total.Joined, "1 line was joined to the entry before it", "lines were joined to the entry before them"},
		{total.Unparsed, "1 line was not in the format and is an entry of plain text", "lines were not in the format and are entries of plain text"},
		{total.Shortened, "1 entry was too long and was cut", "entries were too long and were cut"},
		{total.Repaired, "1 line was not UTF-8 and was repaired", "lines were not UTF-8 and were repaired"},
		{int64(s.FailedInputs), "1 input failed", "inputs failed"},
	} {
		switch {
		case remark.count == 1:
			lines = append(lines, remark.one)
		case remark.count > 1:
			lines = append(lines, humanize.Comma(remark.count)+" "+remark.many)
		}
	}
	return lines
}

// inputs describe what was read, a line for each.
func (s Summary) inputs() []string {
	lines := make([]string, 0, len(s.Reports))
	for _, r := range s.Reports {
		lines = append(lines, fmt.Sprintf("%s: %s, %s, %s", Name(r.Path), r.Format.Title(), human.Count(int(r.Lines), "line"), Count(r.Entries)))
	}
	return lines
}

// Warning tells of entries that were passed over, and what to do if they were
// others than those sent before. Empty when there are none.
func (s Summary) Warning() string {
	if s.Skipped == 0 {
		return ""
	}
	what, were := Count(s.Skipped), "were"
	if s.Skipped == 1 {
		were = "was"
	}
	if s.NothingNew() {
		what = "nothing was sent: " + what
	}
	r := s.Result
	return fmt.Sprintf("%s of the input had come before under producer %s and epoch %d and %s passed over; if this is other input, give --epoch %d",
		what, human.Text(r.ProducerID), r.Epoch, were, r.Epoch+1)
}

// Receipt tells under which name the entries were sent, and when a search sees
// them: the log service's batches wait 1 s by default.
func (s Summary) Receipt() string {
	r := s.Result
	if r.Frames == 0 {
		return "nothing new was sent"
	}
	return fmt.Sprintf("producer %s, epoch %d, %s\n"+
		"a search may not see them for up to 1 s, the batch interval by default; with --wait %s:%d it does",
		r.ProducerID, r.Epoch, human.Count(int(r.Frames), "frame"), r.ProducerID, r.Position.Durable)
}

// Where tells where a rejected entry begins.
func (s Summary) Where(e client.LogError) string {
	if s.Place != nil {
		if path, line, ok := s.Place(e.Entry); ok {
			return fmt.Sprintf("%s:%d", Name(path), line)
		}
	}
	return fmt.Sprintf("frame %d, entry %d", e.Sequence, e.Index)
}

// Why tells why an entry was rejected.
func Why(e client.LogError) string {
	if e.Field == "" {
		return human.Text(e.Description)
	}
	return human.Text(e.Field) + ": " + human.Text(e.Description)
}
