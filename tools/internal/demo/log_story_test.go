package demo

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/client"
)

func storyNow() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// receiptOf is what an honest service answers that keeps so many of the sampled
// entries.
func receiptOf(s *logStory, kept int64) *client.LogResult {
	dropped, sampled := int64(len(s.of(isDropped))), int64(len(s.of(isSampled)))
	r := &client.LogResult{
		Received: int64(len(s.entries)), Indexed: int64(len(s.of(isIndexed))) + kept, Filtered: dropped + sampled - kept,
		Rejected: int64(len(s.of(isRejected))), ErrorCounts: map[string]int64{},
	}
	rules := map[string]int64{}
	for _, e := range s.entries {
		if e.redacted {
			r.Redacted++
		}
		if e.outcome == isRejected {
			r.ErrorCounts[e.reason]++
		}
		for _, rule := range e.rules {
			rules[rule]++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		r.RuleCounts = append(r.RuleCounts, ruleCount(name, rules[name]))
	}
	r.RuleCounts = append(r.RuleCounts, ruleCount(site, r.Indexed))
	return r
}

func ruleCount(name string, count int64) client.RuleCount {
	for _, stage := range []client.RuleStage{client.StageNormalise, client.StageFilter, client.StageRedact, client.StageClassify, client.StageEnrich} {
		if prefix := stage.String() + "/"; len(name) > len(prefix) && name[:len(prefix)] == prefix {
			return client.RuleCount{RuleHit: client.RuleHit{Stage: stage, Rule: name[len(prefix):]}, Count: count}
		}
	}
	panic("rule " + name + " is of no stage")
}

func TestTheStoryHasWhatTheTitleOfItsStepSays(t *testing.T) {
	s := newLogStory(storyNow())
	require.Len(t, s.entries, 10_000)
	require.Len(t, s.of(isRejected), 12)
	require.Len(t, s.of(isDropped), 1200)
	require.Len(t, s.of(isSampled), 2000)
	redacted := slices.DeleteFunc(slices.Clone(s.entries), func(e storyEntry) bool { return !e.redacted })
	require.Len(t, redacted, 100)
	require.Equal(t, storyNow(), s.entries[len(s.entries)-1].Time)
}

func TestTheStoryIsTheSameEachTimeButForItsTimes(t *testing.T) {
	first, again := newLogStory(storyNow()), newLogStory(storyNow().Add(time.Hour))
	require.Equal(t, first.secrets, again.secrets)
	for i, e := range first.entries {
		require.Equal(t, e.Fields, again.entries[i].Fields)
		require.Equal(t, e.outcome, again.entries[i].outcome)
	}
}

func TestEverySecretIsInItsEntryAndInNoOther(t *testing.T) {
	s := newLogStory(storyNow())
	l := leaks{parts: s.secrets}
	for i, e := range s.entries {
		l.found = nil
		l.entry(&client.LogRecord{Message: e.Message, Fields: e.Fields})
		require.Equal(t, e.redacted, len(l.found) > 0, "%d: %s", i, e.Message)
		l.found = nil
		l.entry(&client.LogRecord{Message: e.message, Fields: e.fields})
		require.Empty(t, l.found, "what is to be indexed has no secret")
	}
}

func TestTheReceiptHasToBeExact(t *testing.T) {
	s := newLogStory(storyNow())
	require.NoError(t, s.check(receiptOf(s, 217)))
	for name, alter := range map[string]func(r *client.LogResult){
		"received": func(r *client.LogResult) { r.Received-- },
		"filtered": func(r *client.LogResult) { r.Filtered++ },
		"rejected": func(r *client.LogResult) { r.ErrorCounts["EMPTY"]++ },
		"redacted": func(r *client.LogResult) { r.Redacted++ },
		"a rule":   func(r *client.LogResult) { r.RuleCounts[0].Count-- },
		"no rule":  func(r *client.LogResult) { r.RuleCounts = r.RuleCounts[1:] },
		"another":  func(r *client.LogResult) { r.RuleCounts = append(r.RuleCounts, ruleCount("redact/jvt", 1)) },
	} {
		r := receiptOf(s, 217)
		alter(r)
		require.Error(t, s.check(r), name)
	}
	require.ErrorContains(t, s.check(receiptOf(s, 0)), "0 of 2000 debug entries were indexed, not a tenth")
	require.ErrorContains(t, s.check(receiptOf(s, 2000)), "not a tenth")
}

func TestCountsHaveTheSampledEntriesOfTheReceipt(t *testing.T) {
	s := newLogStory(storyNow())
	levels := wantCounts(s, receiptOf(s, 217), func(e *storyEntry) client.Level { return e.level })
	require.Equal(t, map[client.Level]int64{
		client.LevelUnspecified: 20, client.LevelDebug: 217, client.LevelInfo: 6038, client.LevelWarn: 580, client.LevelError: 150,
	}, levels)
	require.NoError(t, expectCounts("level", levels, maps.Clone(levels)))
	require.ErrorContains(t, expectCounts("level", levels, nil), "the counts by level are")
}

func TestAnEntryHasToBeFoundAsItWasTold(t *testing.T) {
	e := newLogStory(storyNow()).withSecret("card")
	found := client.LogRecord{
		Application: e.Application, Level: e.level, Time: e.Time, Message: e.message, Fields: maps.Clone(e.fields), Redacted: true,
	}
	want := []storyEntry{e}
	require.NoError(t, expectFound("it", []client.LogRecord{found}, want))
	require.ErrorContains(t, expectFound("it", nil, want), "the search for it finds 0 entries, not 1")
	for name, alter := range map[string]func(r *client.LogRecord){
		"application": func(r *client.LogRecord) { r.Application = "x" },
		"level":       func(r *client.LogRecord) { r.Level = client.LevelWarn },
		"time":        func(r *client.LogRecord) { r.Time = r.Time.Add(1) },
		"message":     func(r *client.LogRecord) { r.Message = e.Message },
		"fields":      func(r *client.LogRecord) { r.Fields = e.Fields },
		"category":    func(r *client.LogRecord) { r.Category = "x" },
		"redacted":    func(r *client.LogRecord) { r.Redacted = false },
	} {
		altered := found
		alter(&altered)
		require.Error(t, expectFound("it", []client.LogRecord{altered}, want), name)
	}
}
