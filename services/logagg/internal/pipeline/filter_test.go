package pipeline_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

func TestSamplingTreatsTheSameEntryAlike(t *testing.T) {
	const source = `filter: [{name: s, when: 'true', action: sample, rate: 0.5}]`
	one, other := compile(t, source).Runner(), compile(t, source).Runner()
	rapid.Check(t, func(t *rapid.T) {
		e := entry.Entry{
			Application: rapid.String().Draw(t, "application"),
			Timestamp:   rapid.Int64().Draw(t, "timestamp"),
			Message:     rapid.String().Draw(t, "message"),
		}
		copied := e
		copied.Fields = []entry.Field{{Name: "more", Value: "x"}}
		require.Equal(t, one.Run(&e), other.Run(&copied))
	})
}

func TestSamplingKeepsMoreAtAHigherRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Float64Range(0, 1).Draw(t, "low")
		high := rapid.Float64Range(low, 1).Draw(t, "high")
		e := entry.Entry{Message: rapid.String().Draw(t, "message")}
		rule := `filter: [{name: s, when: 'true', action: sample, rate: %s}]`
		keeps := func(rate float64) bool {
			copied := e
			return compile(t, fmt.Sprintf(rule, strconv.FormatFloat(rate, 'g', -1, 64))).Runner().Run(&copied)
		}
		require.True(t, !keeps(low) || keeps(high), "what a low rate keeps, a higher one keeps too")
		require.False(t, keeps(0))
		require.True(t, keeps(1))
	})
}

func TestSamplingKeepsTheShareThatTheRuleNames(t *testing.T) {
	for _, rate := range []float64{0, 0.01, 0.25, 0.9, 1} {
		r := compile(t, fmt.Sprintf(`filter: [{name: s, when: 'true', action: sample, rate: %g}]`, rate)).Runner()
		const n = 20_000
		kept := 0
		for i := range n {
			if r.Run(&entry.Entry{Application: "shop", Timestamp: int64(i), Message: "same"}) {
				kept++
			}
		}
		require.InDelta(t, rate, float64(kept)/n, 0.015)
	}
}

func TestSamplingByATextKeepsAllOrNoneOfIt(t *testing.T) {
	p := compile(t, `filter: [{name: s, when: 'true', action: sample, rate: 0.5, by: 'fields["trace"]'}]`)
	r := p.Runner()
	kept := 0
	for trace := range 1000 {
		fields := func() []entry.Field { return []entry.Field{{Name: "trace", Value: strconv.Itoa(trace)}} }
		first := r.Run(&entry.Entry{Application: "shop", Message: "begin", Fields: fields()})
		second := r.Run(&entry.Entry{Application: "bank", Timestamp: 5, Message: "end", Fields: fields()})
		require.Equal(t, first, second)
		if first {
			kept++
		}
	}
	require.InDelta(t, 500, kept, 60)
}

// The fate of an entry is part of what users see: a change of the hash would
// change it.
func TestSamplingIsTheSameInEveryVersion(t *testing.T) {
	r := compile(t, `filter: [{name: s, when: 'true', action: sample, rate: 0.5}]`).Runner()
	fates := ""
	for i := range 32 {
		kept := r.Run(&entry.Entry{Application: "shop", Timestamp: 1_700_000_000_000_000_000 + int64(i), Message: "paid"})
		fates += map[bool]string{true: "k", false: "d"}[kept]
	}
	require.Equal(t, "kdkddkdddddddkdkdkddkdkddddkdkdd", fates)
}
