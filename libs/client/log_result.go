package client

import (
	"time"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// LogResult says that every entry of one [StreamingClient.SendLogs] was taken in
// and that the indexed ones are durable.
//
// Its counts are of this call over all its attempts, whatever the producer sent
// before it, unless they say otherwise. The SDK has compared them with what it
// read from the channel.
type LogResult struct {
	// Received is the sum of the next four.
	Received int64
	// Indexed entries were taken in, and are found once the store has them.
	Indexed int64
	// Filtered entries were left out by a rule.
	Filtered int64
	// Rejected entries were not accepted.
	Rejected int64
	// Duplicates were dropped because the server had their frames already, on
	// the last stream. The SDK sends no such frames.
	Duplicates int64
	// Redacted is the number of indexed entries in which something was redacted.
	Redacted int64
	// Status sums up whether entries were rejected.
	Status LogStatus
	// ErrorCounts is the number of rejected entries by reason, a name of
	// sluice.logagg.v1.LogErrorReason without its prefix, such as
	// "TIMESTAMP_TOO_OLD". Empty when none was rejected.
	ErrorCounts map[string]int64
	// Errors are the first 100 entries rejected on the last stream. Those of
	// streams that were cut are counted and not listed.
	Errors []LogError
	// RuleCounts tell how many entries of the last stream each rule hit, in the
	// order of the rules. After a cut they lack what the streams before brought.
	RuleCounts []RuleCount

	ProducerID string
	Epoch      int64
	// EpochTotals are the entries of all calls under the producer's epoch.
	EpochTotals LogTotals
	// Position of the producer, in frames: its last frame, which is durable. A
	// search sees it once it waits for this sequence, see [WaitFor].
	Position Position

	// Frames that this call made.
	Frames int64
	// Attempts that this call made.
	Attempts int
	// Duration of this call.
	Duration time.Duration
	// Rate in entries per second: the entries of this call over its duration.
	Rate float64
	// ProcessingTime of the last stream, by the server's clock.
	ProcessingTime time.Duration
}

// LogTotals counts the entries of a producer's epoch, over all its streams and
// restarts of the server.
type LogTotals struct {
	Indexed, Filtered, Rejected int64
	// Redacted is a part of Indexed.
	Redacted int64
	// ErrorCounts are the rejected ones, as in [LogResult.ErrorCounts].
	ErrorCounts map[string]int64
}

// LogStatus sums up the result of a call.
type LogStatus int

// The results of a call.
const (
	// LogsComplete: no entry was rejected.
	LogsComplete LogStatus = iota
	// LogsPartial: some entries were rejected.
	LogsPartial
	// LogsRejected: all entries were rejected.
	LogsRejected
)

// String returns the status in lower case, for people.
func (s LogStatus) String() string {
	switch s {
	case LogsPartial:
		return "partial"
	case LogsRejected:
		return "rejected"
	default:
		return "complete"
	}
}

func newLogResult(s *sending[*logaggv1.CollectLogsResponse], done *sent[*logaggv1.CollectLogsResponse]) *LogResult {
	r := done.receipt
	totals := s.service.counts(r, s.epoch)
	if done.frames == 0 {
		// The receipt is that of an earlier call, or an empty one.
		r = &logaggv1.CollectLogsResponse{Position: r.GetPosition()}
	}
	return &LogResult{
		Received:       done.counts.total() + r.GetDuplicateCount(),
		Indexed:        done.counts.accepted,
		Filtered:       done.counts.filtered,
		Rejected:       done.counts.rejected,
		Duplicates:     r.GetDuplicateCount(),
		Redacted:       done.counts.redacted,
		Status:         newLogStatus(done.counts),
		ErrorCounts:    done.counts.byReason,
		Errors:         newLogErrors(r.GetErrors(), s.window.place),
		RuleCounts:     newRuleCounts(r.GetRuleCounts()),
		ProducerID:     s.producerID,
		Epoch:          s.epoch,
		EpochTotals:    newLogTotals(totals),
		Position:       newPosition(r.GetPosition()),
		Frames:         done.frames,
		Attempts:       done.attempts,
		Duration:       done.duration,
		Rate:           perSecond(done.items, done.duration),
		ProcessingTime: r.GetProcessingTime().AsDuration(),
	}
}

func newLogStatus(counts *epochCounts) LogStatus {
	switch counts.rejected {
	case 0:
		return LogsComplete
	case counts.total():
		return LogsRejected
	default:
		return LogsPartial
	}
}

func newLogTotals(counts *epochCounts) LogTotals {
	return LogTotals{
		Indexed: counts.accepted, Filtered: counts.filtered, Rejected: counts.rejected,
		Redacted: counts.redacted, ErrorCounts: counts.byReason,
	}
}
