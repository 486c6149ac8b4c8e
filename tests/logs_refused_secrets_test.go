package tests

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
)

// TestLogHoldsNoSecretOfRefusedCalls gives secrets where names belong, as a
// client does that mixes up its arguments. The caller may be told what it has
// sent; the log may not.
func TestLogHoldsNoSecretOfRefusedCalls(t *testing.T) {
	s := startLogs(t, "--log-level", "debug")
	ctx := bounded(t)
	plants := newPlanter(seed(t))
	secret := func() string { return "password=" + plants.word() }
	for name, call := range refusedCalls(s.logsPeer, secret) {
		require.Equal(t, codes.InvalidArgument, refusalOf(call(ctx)).code, name)
	}
	require.NoError(t, s.Terminate(realTime))
	log := s.Logs()
	require.Equal(t, len(plants.texts), strings.Count(log, `"finished call"`), "the log tells of the calls")
	for planted := range plants.texts {
		before, after, found := strings.Cut(log, planted)
		if found {
			t.Errorf("the log holds %q: …%s%s%.60s…", planted, before[max(0, len(before)-160):], planted, after)
		}
	}
}

// refusedCalls are calls with a secret each.
func refusedCalls(p logsPeer, secret func() string) map[string]func(context.Context) error {
	calls := map[string]func(context.Context) error{
		"producer_of_a_stream": func(ctx context.Context) error {
			_, err := p.deliver(ctx, logProducer(secret(), 0))
			return err
		},
		"producer_of_a_position": func(ctx context.Context) error {
			_, err := p.positionOf(ctx, secret())
			return err
		},
		"group": func(ctx context.Context) error {
			_, err := p.logs.GetLogStatistics(ctx, &logaggv1.GetLogStatisticsRequest{ByFields: []string{secret()}})
			return err
		},
	}
	for name, rules := range map[string]string{
		"rules_name": secret() + ": 1\n", "rules_pattern": "redact: {patterns: [{name: own, pattern: '(" + secret() + "'}]}\n",
		"rules_expression": "filter: [{name: a, action: drop, when: '" + secret() + "'}]\n",
	} {
		calls[name] = func(ctx context.Context) error {
			_, err := p.logs.TestRules(ctx, &logaggv1.TestRulesRequest{Rules: rules})
			return err
		}
	}
	regex := queryv1.MatchOperator_MATCH_OPERATOR_REGEX
	for name, request := range map[string]*logaggv1.SearchLogsRequest{
		"pattern":     {Filter: &logaggv1.LogFilter{Fields: []*logaggv1.FieldMatcher{{Name: "f", Operator: regex, Value: secret() + "("}}}},
		"field":       {Filter: &logaggv1.LogFilter{Fields: []*logaggv1.FieldMatcher{{Name: secret(), Operator: regex, Value: "x"}}}},
		"application": {Filter: ofApplication(secret())},
		"cursor":      {Cursor: secret()},
		"wait":        {WaitFor: waitFor(secret(), 1)},
	} {
		calls[name] = func(ctx context.Context) error {
			_, _, err := p.search(ctx, request)
			return err
		}
	}
	return calls
}
