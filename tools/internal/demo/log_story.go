package demo

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/sluice-ingest/sluice/libs/client"
)

// logInterval is the time between two entries; the last one is now.
const logInterval = 50 * time.Millisecond

// logStory is what is sent to the log service.
type logStory struct {
	entries []storyEntry
	// secrets that must be found nowhere.
	secrets []string
}

// storyEntry is an entry with what has to become of it.
type storyEntry struct {
	*client.LogEntry

	outcome outcome
	// level, message, fields and category as they are indexed.
	level             client.Level
	message, category string
	fields            map[string]string
	redacted          bool
	// rules that it hits, but for site, and reason why it is rejected.
	rules  []string
	reason string
}

// outcome is what becomes of an entry.
type outcome int

const (
	isIndexed outcome = iota
	isDropped
	// isSampled may be indexed or not.
	isSampled
	isRejected
)

// newLogStory makes the same entries each time, but for their timestamps.
func newLogStory(now time.Time) *logStory {
	s := &logStory{}
	r := rand.New(rand.NewPCG(7, 0)) //nolint:gosec // a story that can be told again
	tellers := s.tellers(r)
	r.Shuffle(len(tellers), func(i, j int) { tellers[i], tellers[j] = tellers[j], tellers[i] })
	for i, tell := range tellers {
		e := storyEntry{LogEntry: &client.LogEntry{
			Time:   now.Add(-time.Duration(len(tellers)-1-i) * logInterval),
			Fields: map[string]string{"request_id": randomText(r, digits+"abcdef", 16)},
		}}
		tell(i, &e)
		s.entries = append(s.entries, e)
	}
	return s
}

// tellers fill in one entry each, which is given its number.
func (s *logStory) tellers(r *rand.Rand) []func(n int, e *storyEntry) {
	var all []func(int, *storyEntry)
	for _, k := range logKinds() {
		all = append(all, slices.Repeat([]func(int, *storyEntry){k.tell}, k.count)...)
	}
	for _, k := range secretKinds() {
		tell := func(_ int, e *storyEntry) { s.tellSecret(&k, r, e) }
		all = append(all, slices.Repeat([]func(int, *storyEntry){tell}, secretsOfAKind)...)
	}
	for _, f := range logFlaws() {
		tell := func(n int, e *storyEntry) {
			logKinds()[0].tell(n, e)
			f.spoil(e.LogEntry)
			e.outcome, e.reason, e.rules = isRejected, f.reason, nil
		}
		all = append(all, slices.Repeat([]func(int, *storyEntry){tell}, f.count)...)
	}
	return all
}

func (k *logKind) tell(n int, e *storyEntry) {
	e.Application, e.Level, e.Message = k.application, k.level, k.message(n, e.Time)
	e.level, e.message, e.rules = k.becomes, e.Message, k.rules
	e.fields = with(e.Fields, siteField, "demo")
	switch {
	case slices.Contains(k.rules, failedLogin):
		e.category = "security"
	case slices.Contains(k.rules, slowQuery):
		e.category = "performance"
	case slices.Contains(k.rules, healthChecks):
		e.outcome = isDropped
	case slices.Contains(k.rules, someDebug):
		e.outcome = isSampled
	}
}

func (s *logStory) tellSecret(k *secretKind, r *rand.Rand, e *storyEntry) {
	secret, parts := k.make(r)
	s.secrets = append(s.secrets, parts...)
	e.Application, e.Level, e.level, e.redacted = "shop", "Info", client.LevelInfo, true
	e.fields = with(e.Fields, siteField, "demo")
	e.message = k.put(secret, e)
	e.rules = []string{"redact/" + k.rule}
}

// with returns the fields and one more.
func with(fields map[string]string, name, value string) map[string]string {
	all := maps.Clone(fields)
	all[name] = value
	return all
}

// of returns the entries with an outcome.
func (s *logStory) of(want outcome) []storyEntry {
	return slices.DeleteFunc(slices.Clone(s.entries), func(e storyEntry) bool { return e.outcome != want })
}

// last returns the last entries of at least a level that are indexed for sure,
// newest first.
func (s *logStory) last(count int, least client.Level) []storyEntry {
	found := slices.DeleteFunc(s.of(isIndexed), func(e storyEntry) bool { return e.level < least })
	slices.Reverse(found)
	return found[:count]
}

// withSecret returns an entry with a secret that this rule finds in the message.
func (s *logStory) withSecret(rule string) storyEntry {
	i := slices.IndexFunc(s.entries, func(e storyEntry) bool { return strings.Contains(e.message, mark(rule)) })
	return s.entries[i]
}
