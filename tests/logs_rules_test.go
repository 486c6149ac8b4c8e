package tests

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// testRules are the rules that the entries of sendable go through.
const testRules = `
normalise:
  levels: {audit: info}
filter:
  - {name: keep-errors, when: level >= ERROR, action: keep}
  - {name: drop-health, when: message.contains("/healthz"), action: drop}
  - {name: sample-trace, when: 'has(fields.trace)', action: sample, rate: 0.5, by: 'fields["trace"]'}
redact:
  patterns:
    - {name: order, pattern: 'order-\d+'}
classify:
  - {name: failed-login, when: message.startsWith("Failed password"), category: security}
  - {name: errors, when: level >= ERROR, category: error}
enrich:
  - {name: zone, set: {zone: '"eu-1"'}}
`

// ruleName names a rule by its stage and name, as in `FILTER/drop-health`.
type ruleName string

// knownRules are all rules of testRules that an entry may hit, in their order.
var knownRules = []ruleName{
	"NORMALISE/unknown-level", "NORMALISE/level-from-message",
	"FILTER/keep-errors", "FILTER/drop-health", "FILTER/sample-trace",
	"REDACT/credentials", "REDACT/order", "CLASSIFY/failed-login", "CLASSIFY/errors", "ENRICH/zone",
}

func ruleNameOf(stage logaggv1.RuleStage, name string) ruleName {
	return ruleName(strings.TrimPrefix(stage.String(), "RULE_STAGE_") + "/" + name)
}

// sentEntry is an entry and what should become of it.
type sentEntry struct {
	*logEntry

	// fault is why it is rejected: nil if it is not.
	fault *logFault
	// want is what is indexed of it: nil if it is rejected or filtered.
	want *logRecord
	// hits are the rules that hit it.
	hits []ruleName
}

// traces are the traces that entries belong to, with whether the rules keep
// them.
type traces map[string]bool

const traceCount = 16

// askTraces has the server say which traces its rules keep.
func (p logsPeer) askTraces(ctx context.Context, t tester) traces {
	t.Helper()
	request := &logaggv1.TestRulesRequest{Rules: testRules}
	for i := range traceCount {
		request.Entries = append(request.Entries, &logEntry{
			Application: "a", Timestamp: logStart, Message: "x", Fields: map[string]string{"trace": traceName(i)},
		})
	}
	answer, err := p.logs.TestRules(ctx, request)
	require.NoError(t, err)
	known := traces{}
	for i, result := range answer.GetResults() {
		known[traceName(i)] = result.GetOutcome() == logaggv1.RuleOutcome_RULE_OUTCOME_INDEXED
	}
	require.Len(t, known, traceCount)
	require.Contains(t, maps.Collect(flipped(known)), true, "some traces are kept")
	require.Contains(t, maps.Collect(flipped(known)), false, "some traces are left out")
	return known
}

func flipped(known traces) func(yield func(bool, string) bool) {
	return func(yield func(bool, string) bool) {
		for name, kept := range known {
			if !yield(kept, name) {
				return
			}
		}
	}
}

func traceName(i int) string { return fmt.Sprintf("trace-%d", i) }

// entryKinds is how many kinds of entries sendable knows.
const entryKinds = 10

// sendable returns an entry of a kind with what testRules make of it. mark is in
// its message, so that no two entries are alike.
func (known traces) sendable(kind int, application, mark string, timestamp int64) sentEntry {
	e := &logEntry{Application: application, Timestamp: timestamp, Level: "info", Message: "GET /items status=200 mark=" + mark}
	r := &logRecord{Application: application, Timestamp: timestamp, Level: logaggv1.Level_LEVEL_INFO, Message: e.GetMessage()}
	s := sentEntry{logEntry: e, want: r}
	switch kind {
	case 1:
		s.say("GET /healthz mark="+mark, "FILTER/drop-health")
		s.want = nil
	case 2:
		s.say("Failed password for root from 10.0.0.1 mark="+mark, "CLASSIFY/failed-login")
		e.Level, r.Category = "Audit", "security"
	case 3:
		s.say("mark="+mark+" connecting, password=Zq7hunter2xyz", "REDACT/credentials")
		r.Message, r.Redacted = "mark="+mark+" connecting, password=[redacted:credentials]", true
	case 4:
		s.say("order-17 is shipped, mark="+mark, "REDACT/order")
		r.Message, r.Redacted = "[redacted:order] is shipped, mark="+mark, true
	case 5:
		s.say("upstream /healthz is gone\nmark="+mark, "FILTER/keep-errors", "CLASSIFY/errors")
		e.Level, r.Level, r.Category = "3", logaggv1.Level_LEVEL_ERROR, "error"
	case 6:
		s.hit("NORMALISE/unknown-level")
		e.Level, r.Level = "loud", logaggv1.Level_LEVEL_UNSPECIFIED
		e.Fields, r.Fields = map[string]string{"host": "größer"}, map[string]string{"host": "größer", "level_text": "loud"}
	case 7:
		s.say("[2016-12-19 20:44:59,210] TRACE Controller mark="+mark, "NORMALISE/level-from-message")
		e.Level, r.Level = "", logaggv1.Level_LEVEL_TRACE
	case 8:
		s.hit("REDACT/credentials")
		e.Fields = map[string]string{"host": "web-1", "db_password": "Zq7hunter2xyz"}
		r.Fields, r.Redacted = map[string]string{"host": "web-1", "db_password": "[redacted:credentials]"}, true
	case 9:
		s.hit("FILTER/sample-trace")
		trace := traceName(int(timestamp / int64(time.Millisecond) % traceCount))
		e.Fields, r.Fields = map[string]string{"trace": trace}, map[string]string{"trace": trace}
		if !known[trace] {
			s.want = nil
		}
	default:
	}
	s.enrich()
	return s
}

func (s *sentEntry) say(message string, hits ...ruleName) {
	s.Message, s.want.Message = message, message
	s.hit(hits...)
}

func (s *sentEntry) hit(hits ...ruleName) { s.hits = append(s.hits, hits...) }

// enrich does what the last rule does to all that are kept.
func (s *sentEntry) enrich() {
	if s.want == nil {
		return
	}
	if s.want.Fields == nil {
		s.want.Fields = map[string]string{}
	}
	s.want.Fields["zone"] = "eu-1"
	s.hit("ENRICH/zone")
}

// spoiled makes an entry one that is rejected.
func spoiled(s sentEntry, f *logFault) sentEntry {
	f.spoil(s.logEntry)
	s.fault, s.want, s.hits = f, nil, nil
	return s
}

func logEntries(sent []sentEntry) []*logEntry {
	bare := make([]*logEntry, len(sent))
	for i := range sent {
		bare[i] = sent[i].logEntry
	}
	return bare
}
