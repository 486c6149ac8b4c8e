package tests

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
)

// logStart leaves room for two hours of entries. It is the same in the whole
// run.
var logStart = time.Now().Add(-2 * time.Hour).Truncate(time.Second).UnixNano()

// indexedLogs are the entries that a server holds, or should, in the order in
// which they were accepted. No two are alike.
type indexedLogs []*logRecord

// with returns them with what is indexed of entries behind them.
func (s indexedLogs) with(entries ...sentEntry) indexedLogs {
	for _, e := range entries {
		if e.want != nil {
			s = append(s, e.want)
		}
	}
	return s
}

// selected returns what a search should find.
func (s indexedLogs) selected(f *logaggv1.LogFilter) (found indexedLogs) {
	for _, r := range s {
		if matchesLog(f, r) {
			found = append(found, r)
		}
	}
	return found
}

// remove returns what is left when the selected ones are deleted, and how many
// those are.
func (s indexedLogs) remove(f *logaggv1.LogFilter) (left indexedLogs, count int64) {
	left = slices.DeleteFunc(slices.Clone(s), func(r *logRecord) bool { return matchesLog(f, r) })
	return left, int64(len(s) - len(left))
}

// oldestFirst are the entries in the order of a search. Entries of one moment
// stand in the order in which they were accepted.
func (s indexedLogs) oldestFirst() indexedLogs {
	sorted := slices.Clone(s)
	slices.SortStableFunc(sorted, func(a, b *logRecord) int { return cmp.Compare(a.GetTimestamp(), b.GetTimestamp()) })
	return sorted
}

// newestFirst is the reverse.
func (s indexedLogs) newestFirst() indexedLogs {
	sorted := s.oldestFirst()
	slices.Reverse(sorted)
	return sorted
}

// matchesLog is what a filter means, said once more.
func matchesLog(f *logaggv1.LogFilter, r *logRecord) bool {
	if f == nil {
		return true
	}
	// A bound that is not set is not 0.
	start, end := f.StartTime, f.EndTime
	if start != nil && r.GetTimestamp() < *start || end != nil && r.GetTimestamp() >= *end ||
		f.GetMinimumLevel() != 0 && r.GetLevel() < f.GetMinimumLevel() ||
		len(f.GetApplications()) > 0 && !slices.Contains(f.GetApplications(), r.GetApplication()) ||
		len(f.GetCategories()) > 0 && !slices.Contains(f.GetCategories(), r.GetCategory()) {
		return false
	}
	for _, m := range f.GetFields() {
		if !matchesField(m, r.GetFields()[m.GetName()]) {
			return false
		}
	}
	for _, m := range f.GetTexts() {
		if !matchesText(m, r.GetMessage()) {
			return false
		}
	}
	return true
}

func matchesField(m *logaggv1.FieldMatcher, value string) bool {
	switch m.GetOperator() {
	case queryv1.MatchOperator_MATCH_OPERATOR_EQUAL:
		return value == m.GetValue()
	case queryv1.MatchOperator_MATCH_OPERATOR_NOT_EQUAL:
		return value != m.GetValue()
	case queryv1.MatchOperator_MATCH_OPERATOR_REGEX:
		return regexp.MustCompile("^(?s:" + m.GetValue() + ")$").MatchString(value)
	case queryv1.MatchOperator_MATCH_OPERATOR_NOT_REGEX:
		return !regexp.MustCompile("^(?s:" + m.GetValue() + ")$").MatchString(value)
	default:
		panic("no such operator: " + m.GetOperator().String())
	}
}

func matchesText(m *logaggv1.TextMatcher, message string) bool {
	text := m.GetText()
	if m.GetIgnoreCase() {
		message, text = asciiLower(message), asciiLower(text)
	}
	return strings.Contains(message, text) != m.GetNegated()
}

func asciiLower(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}

// search returns the entries that a request finds, and the cursor behind them.
// Entries out of order are an error.
func (p logsPeer) search(ctx context.Context, request *logaggv1.SearchLogsRequest) (found indexedLogs, cursor string, err error) {
	var last *logRecord
	err = p.searchParts(ctx, request, func(part *logaggv1.SearchLogsResponse) error {
		if cursor == "" && len(found) > 0 {
			return errors.New("a part comes behind the one that was told to be the last")
		}
		cursor = part.GetNextCursor()
		for _, r := range part.GetEntries() {
			if last != nil && comparePlaces(request.GetOrder(), last, r) >= 0 {
				return fmt.Errorf("%v comes behind %v", r, last)
			}
			last = r
		}
		found = append(found, part.GetEntries()...)
		return nil
	})
	return found, cursor, err
}

// searchParts hands over each part of an answer.
func (p logsPeer) searchParts(
	ctx context.Context, request *logaggv1.SearchLogsRequest, take func(*logaggv1.SearchLogsResponse) error,
) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answer, err := p.logs.SearchLogs(ctx, request)
	if err != nil {
		return err
	}
	for {
		part, err := answer.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := take(part); err != nil {
			return err
		}
	}
}

// comparePlaces is negative when a stands before b.
func comparePlaces(order logaggv1.SearchOrder, a, b *logRecord) int {
	ascending := cmp.Or(cmp.Compare(a.GetTimestamp(), b.GetTimestamp()), cmp.Compare(a.GetEntryId(), b.GetEntryId()))
	if order == logaggv1.SearchOrder_SEARCH_ORDER_OLDEST_FIRST {
		return ascending
	}
	return -ascending
}

// searchAll goes through all pages of a search, each of at most limit entries.
func (p logsPeer) searchAll(ctx context.Context, t tester, request *logaggv1.SearchLogsRequest, limit int64) (all indexedLogs) {
	t.Helper()
	request.Limit = limit
	for {
		page, cursor, err := p.search(ctx, request)
		require.NoError(t, err)
		require.LessOrEqual(t, int64(len(page)), limit)
		all = append(all, page...)
		if cursor == "" {
			return all
		}
		require.NotEmpty(t, page, "a page that is not the last has entries")
		request.Cursor = cursor
	}
}

// oldestFirst is a search for what is selected.
func oldestFirst(f *logaggv1.LogFilter) *logaggv1.SearchLogsRequest {
	return &logaggv1.SearchLogsRequest{Filter: f, Order: logaggv1.SearchOrder_SEARCH_ORDER_OLDEST_FIRST}
}

// ofApplication selects the entries of one application.
func ofApplication(name string) *logaggv1.LogFilter {
	return &logaggv1.LogFilter{Applications: []string{name}}
}

// requireSearched searches what is selected of want and compares, whatever the
// order of entries of one moment.
func (p logsPeer) requireSearched(
	ctx context.Context, t tester, want indexedLogs, f *logaggv1.LogFilter, wait *queryv1.WaitFor,
) {
	t.Helper()
	request := oldestFirst(f)
	request.WaitFor = wait
	got, cursor, err := p.search(ctx, request)
	require.NoError(t, err)
	require.Empty(t, cursor)
	requireLogs(t, want.selected(f), got)
}

// requireLogs wants both to have the same entries and shows the first that
// differ.
func requireLogs(t tester, want, got indexedLogs) {
	t.Helper()
	missing, extra := want.without(got), got.without(want)
	if len(missing) == 0 && len(extra) == 0 {
		return
	}
	t.Errorf("%d entries wanted and %d found\n%d wanted are missing or differ: %s\n%d found are too many or differ: %s",
		len(want), len(got), len(missing), first(missing), len(extra), first(extra))
	t.FailNow()
}

// requireLogsInOrder wants the same entries in the same order.
func requireLogsInOrder(t tester, want, got indexedLogs) {
	t.Helper()
	requireLogs(t, want, got)
	for i := range got {
		require.Equal(t, textOf(want[i]), textOf(got[i]), "entry %d of %d", i, len(got))
	}
}

// without describes the entries that the other lacks, or has less often.
func (s indexedLogs) without(other indexedLogs) (lines []string) {
	there := map[string]int{}
	for _, r := range other {
		there[textOf(r)]++
	}
	for _, r := range s {
		text := textOf(r)
		there[text]--
		if there[text] < 0 {
			lines = append(lines, text)
		}
	}
	return lines
}

// textOf is all of an entry but its number.
func textOf(r *logRecord) string {
	var fields strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r.GetFields())) {
		fmt.Fprintf(&fields, "%s=%q,", name, r.GetFields()[name])
	}
	return fmt.Sprintf("%s %v %d %q {%s} %q redacted=%v",
		r.GetApplication(), r.GetLevel(), r.GetTimestamp(), r.GetMessage(), fields.String(), r.GetCategory(), r.GetRedacted())
}
