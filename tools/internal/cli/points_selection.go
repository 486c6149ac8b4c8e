package cli

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"google.golang.org/protobuf/types/known/durationpb"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/instant"
	"github.com/sluice-ingest/sluice/tools/internal/matcher"
)

// seriesFlags select series.
type seriesFlags struct {
	source, metric string
	tags, matches  []string
}

func (f *seriesFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.source, "source", "", "only this `source`")
	flags.StringVar(&f.metric, "metric", "", "only this `metric`")
	flags.StringArrayVar(&f.tags, "tag", nil, "only series with this tag, `name=value`; may be repeated")
	flags.StringArrayVar(&f.matches, "match", nil,
		"only series that this `matcher` matches, such as 'source=~\"web-.*\"'; the operators are = != =~ !~, the labels source, metric, or a tag; may be repeated")
}

// matchers are those that a series has to match all of.
func (f *seriesFlags) matchers() ([]*collectorv1.SeriesMatcher, error) {
	var all []*collectorv1.SeriesMatcher
	if f.source != "" {
		all = append(all, matcher.Source(f.source))
	}
	if f.metric != "" {
		all = append(all, matcher.Metric(f.metric))
	}
	tags, err := parsePairs("--tag", f.tags)
	if err != nil {
		return nil, usageError{err}
	}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		all = append(all, matcher.Tag(name, tags[name]))
	}
	for _, text := range f.matches {
		m, err := matcher.Parse(text)
		if err != nil {
			return nil, usageErrorf("--match: %w", err)
		}
		all = append(all, m)
	}
	return all, nil
}

// spanFlags select a span of time.
type spanFlags struct{ start, end string }

func (f *spanFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.start, "start", "", "from this `time` on: -1h, now, a date, RFC 3339, or a number since 1970")
	flags.StringVar(&f.end, "end", "", "until before this `time`, as --start")
}

// span returns nil for an end that is open.
func (f *spanFlags) span(now time.Time, location *time.Location) (start, end *int64, err error) {
	if start, err = moment("--start", f.start, now, location); err != nil {
		return nil, nil, err
	}
	if end, err = moment("--end", f.end, now, location); err != nil {
		return nil, nil, err
	}
	if start != nil && end != nil && *start >= *end {
		return nil, nil, usageErrorf("--start %s is not before --end %s", f.start, f.end)
	}
	return start, end, nil
}

func moment(flag, text string, now time.Time, location *time.Location) (*int64, error) {
	if text == "" {
		return nil, nil
	}
	at, err := instant.Parse(text, now, location)
	if err != nil {
		return nil, usageErrorf("%s: %w", flag, err)
	}
	return &at, nil
}

// waitFlag has a query see what a producer has sent.
type waitFlag struct{ wait string }

// register names the command that tells what to wait for.
func (f *waitFlag) register(flags *pflag.FlagSet, send string) {
	flags.StringVar(&f.wait, "wait", "", "wait until the query sees this frame, `producer:sequence`, as '"+send+"' tells it")
}

// maxWait is the longest that a service lets a query wait.
const maxWait = time.Minute

func (f *waitFlag) waitFor() (*queryv1.WaitFor, error) {
	if f.wait == "" {
		return nil, nil
	}
	colon := strings.LastIndexByte(f.wait, ':')
	if colon <= 0 {
		return nil, usageErrorf("--wait %q is not producer:sequence", f.wait)
	}
	sequence, err := strconv.ParseInt(f.wait[colon+1:], 10, 64)
	if err != nil || sequence < 0 {
		return nil, usageErrorf("--wait %q has no sequence after its last colon", f.wait)
	}
	return &queryv1.WaitFor{ProducerId: f.wait[:colon], Sequence: sequence, Timeout: durationpb.New(maxWait)}, nil
}

// bucketFlag sums samples up in spans of time.
type bucketFlag struct{ bucket string }

func (f *bucketFlag) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.bucket, "bucket", "", "sum up in buckets of this `time`, such as 5m, 1h or 1d")
}

// minBucket is the smallest that a service takes.
const minBucket = time.Millisecond

// duration is 0 without buckets.
func (f *bucketFlag) duration() (time.Duration, error) {
	if f.bucket == "" {
		return 0, nil
	}
	d, err := human.ParseLifetime(f.bucket)
	if err != nil {
		return 0, usageErrorf("--bucket: %w", err)
	}
	if d < minBucket {
		return 0, usageErrorf("--bucket %s is too small; give 1ms or more", f.bucket)
	}
	return d, nil
}
