package cli

import (
	"regexp"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/matcher"
)

// logFilterFlags select entries, whatever their time.
type logFilterFlags struct {
	applications, categories, fields []string
	level                            string
	texts, notTexts                  []string
	ignoreCase                       bool
}

func (f *logFilterFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.applications, "application", nil, "only of this `application`; may be repeated for several")
	flags.StringVar(&f.level, "level", "", "only of this `level` and graver ones: trace, debug, info, warn, error or fatal")
	flags.StringArrayVar(&f.categories, "category", nil, "only of this `category`; may be repeated for several")
	flags.StringArrayVar(&f.fields, "field", nil,
		"only where this `condition` on a field holds, such as host=web-1, status!=200, path=~\"/api/.*\" or user!~\"test.*\"; may be repeated")
	flags.StringArrayVar(&f.texts, "text", nil, "only with this `text` in the message; may be repeated")
	flags.StringArrayVar(&f.notTexts, "not-text", nil, "only without this `text` in the message; may be repeated")
	flags.BoolVar(&f.ignoreCase, "ignore-case", false, "take upper and lower case for the same in --text and --not-text, in ASCII")
}

// filter is what the flags say.
func (f *logFilterFlags) filter() (client.LogFilter, error) {
	filter := client.LogFilter{Applications: f.applications, Categories: f.categories}
	if f.level != "" {
		level, err := client.ParseLevel(f.level)
		if err != nil || level == client.LevelUnspecified {
			return filter, usageErrorf("--level %s is none of trace, debug, info, warn, error and fatal", f.level)
		}
		filter.MinimumLevel = level
	}
	for _, text := range f.fields {
		field, err := parseField(text)
		if err != nil {
			return filter, err
		}
		filter.Fields = append(filter.Fields, field)
	}
	for _, text := range f.texts {
		filter.Texts = append(filter.Texts, &client.TextMatcher{Text: text, IgnoreCase: f.ignoreCase})
	}
	for _, text := range f.notTexts {
		filter.Texts = append(filter.Texts, &client.TextMatcher{Text: text, IgnoreCase: f.ignoreCase, Negated: true})
	}
	if f.ignoreCase && len(filter.Texts) == 0 {
		return filter, usageErrorf("--ignore-case means nothing without --text or --not-text")
	}
	return filter, nil
}

// empty tells whether the flags select everything.
func (f *logFilterFlags) empty() bool {
	return len(f.applications)+len(f.categories)+len(f.fields)+len(f.texts)+len(f.notTexts) == 0 && f.level == ""
}

// parseField reads a condition on a field, written as a matcher of a tag is.
func parseField(text string) (*client.FieldMatcher, error) {
	m, err := matcher.Parse("tag:" + text)
	switch {
	case err == nil:
		return &client.FieldMatcher{Name: m.GetTag(), Operator: m.GetOperator(), Value: m.GetValue()}, nil
	case isPattern(text):
		return nil, usageErrorf("--field %q has no valid pattern; write one of RE2", text)
	}
	return nil, usageErrorf(`--field %q is no condition; write one such as host=web-1, status!=200, path=~"/api/.*" or user!~"test.*"`, text)
}

// isPattern tells whether a condition has an operator for patterns with a
// pattern that can't be used.
func isPattern(text string) bool {
	_, pattern, ok := strings.Cut(text, "~")
	_, err := regexp.Compile(pattern)
	return ok && err != nil
}

// logSpanFlags select a span of time.
type logSpanFlags struct{ since, until, last string }

func (f *logSpanFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.since, "since", "", "from this `time` on: -1h, now, a date, RFC 3339, or a number since 1970")
	flags.StringVar(&f.until, "until", "", "until before this `time`, as --since")
	flags.StringVar(&f.last, "last", "", "only of this last `time`, such as 15m, 1h or 7d")
}

// span puts the times into the filter.
func (f *logSpanFlags) span(filter *client.LogFilter, now time.Time, location *time.Location) error {
	if f.last != "" {
		if f.since != "" || f.until != "" {
			return usageErrorf("--last contradicts --since and --until; give one of them")
		}
		ago, err := human.ParseLifetime(f.last)
		if err != nil {
			return usageErrorf("--last: %w", err)
		}
		filter.Start = now.Add(-ago)
		return nil
	}
	since, err := moment("--since", f.since, now, location)
	if err != nil {
		return err
	}
	until, err := moment("--until", f.until, now, location)
	if err != nil {
		return err
	}
	if since != nil && until != nil && *since >= *until {
		return usageErrorf("--since %s is not before --until %s", f.since, f.until)
	}
	filter.Start, filter.End = momentTime(since), momentTime(until)
	return nil
}

// momentTime is the zero time for nil.
func momentTime(nanoseconds *int64) time.Time {
	if nanoseconds == nil {
		return time.Time{}
	}
	return time.Unix(0, *nanoseconds)
}

// selectLogs reads filter and span.
func selectLogs(filter *logFilterFlags, span *logSpanFlags, now time.Time, location *time.Location) (client.LogFilter, error) {
	selected, err := filter.filter()
	if err != nil {
		return selected, err
	}
	return selected, span.span(&selected, now, location)
}

// logWait is what a query waits for.
func (f *waitFlag) logWait() (client.WaitFor, error) {
	wait, err := f.waitFor()
	if wait == nil || err != nil {
		return client.WaitFor{}, err
	}
	return client.WaitFor{ProducerID: wait.GetProducerId(), Sequence: wait.GetSequence(), Timeout: maxWait}, nil
}
