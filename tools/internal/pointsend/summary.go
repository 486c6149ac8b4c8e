package pointsend

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

// examples is how many rejected points are shown of each reason.
const examples = 3

// Summary is the receipt of a sending with what became of the input.
type Summary struct {
	Result *client.SendResult
	// Skipped points were sent by an earlier run.
	Skipped int64
	// BadLines could not be read, nor FailedInputs to their end.
	BadLines     int64
	FailedInputs int
	// Place tells where a rejected point stands; nil where nobody knows.
	Place func(point int64) (path string, line int, ok bool)
}

// Complete tells whether every line of the input is a point that is stored.
func (s Summary) Complete() bool {
	return s.Result.Errors == 0 && s.BadLines == 0 && s.FailedInputs == 0
}

// Text describes the summary in a line, with more for what was not accepted:
//
//	9,985 of 10,000 points accepted in 0.40s (25,000 points/s)
//	15 points rejected:
//	  10 TIMESTAMP_UNIT
//	       a.csv:17  timestamp: is plainly in seconds
func (s Summary) Text() string {
	r := s.Result
	if s.NothingNew() {
		return strings.Join(append([]string{s.passedOver()}, s.unread()...), "\n")
	}
	lines := []string{fmt.Sprintf("%s of %s accepted in %s", humanize.Comma(r.Successful),
		human.Count(int(r.TotalProcessed), "point"), sending.Took(r.TotalProcessed, r.Duration, r.Rate, "points"))}
	if r.Errors > 0 {
		lines = append(lines, human.Count(int(r.Errors), "point")+" rejected:")
		lines = append(lines, s.reasons()...)
	}
	if r.Duplicates > 0 {
		lines = append(lines, human.Count(int(r.Duplicates), "point")+" known already and dropped")
	}
	if s.Skipped > 0 {
		lines = append(lines, s.passedOver())
	}
	return strings.Join(append(lines, s.unread()...), "\n")
}

// NothingNew tells whether every point of the input was passed over.
func (s Summary) NothingNew() bool { return s.Skipped > 0 && s.Result.Frames == 0 }

// Warning tells of points that were passed over, and what to do if they were
// others than those sent before. Empty when there are none.
func (s Summary) Warning() string {
	if s.Skipped == 0 {
		return ""
	}
	r := s.Result
	return fmt.Sprintf("%s before under producer %s and epoch %d and passed over; if this is other input, give --epoch %d",
		s.taken(), human.Text(r.ProducerID), r.Epoch, r.Epoch+1)
}

func (s Summary) taken() string {
	text := human.Count(int(s.Skipped), "point") + " of the input"
	switch {
	case s.Skipped == 1 && s.NothingNew():
		return "nothing was sent: the only point of the input was taken"
	case s.NothingNew():
		return "nothing was sent: all " + text + " were taken"
	case s.Skipped == 1:
		return text + " was taken"
	}
	return text + " were taken"
}

func (s Summary) passedOver() string {
	return human.Count(int(s.Skipped), "point") + " passed over, which the producer has sent before"
}

// unread counts what could not be read.
func (s Summary) unread() []string {
	var lines []string
	if s.BadLines > 0 {
		lines = append(lines, human.Count(int(s.BadLines), "line")+" could not be read")
	}
	if s.FailedInputs > 0 {
		lines = append(lines, human.Count(s.FailedInputs, "input")+" failed")
	}
	return lines
}

// Receipt tells under which name the points were sent, and when a query sees
// them: the collector's batches wait 500 ms by default.
func (s Summary) Receipt() string {
	r := s.Result
	if r.Frames == 0 {
		return "nothing new was sent"
	}
	return fmt.Sprintf("producer %s, epoch %d, %s\n"+
		"a query may not see them for up to 0.5 s, the batch interval by default; with --wait %s:%d it does",
		r.ProducerID, r.Epoch, human.Count(int(r.Frames), "frame"), r.ProducerID, r.Position.Durable)
}

// reasons has the most frequent reason first.
func (s Summary) reasons() []string {
	names := slices.SortedFunc(maps.Keys(s.Result.ByReason), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.Result.ByReason[b], s.Result.ByReason[a]), cmp.Compare(a, b))
	})
	var lines []string
	for _, name := range names {
		lines = append(lines, fmt.Sprintf("  %s %s", humanize.Comma(s.Result.ByReason[name]), name))
		shown := 0
		for _, e := range s.Result.PointErrors {
			if e.Reason == name && shown < examples {
				shown++
				lines = append(lines, "      "+s.Where(e)+"  "+Why(e))
			}
		}
	}
	return lines
}

// Where tells where a rejected point stands.
func (s Summary) Where(e client.PointError) string {
	if s.Place != nil {
		if path, line, ok := s.Place(e.Point); ok {
			return fmt.Sprintf("%s:%d", human.Text(path), line)
		}
	}
	return fmt.Sprintf("frame %d, point %d", e.Sequence, e.Index)
}

// Why tells why a point was rejected.
func Why(e client.PointError) string {
	if e.Field == "" {
		return human.Text(e.Description)
	}
	return human.Text(e.Field) + ": " + human.Text(e.Description)
}
