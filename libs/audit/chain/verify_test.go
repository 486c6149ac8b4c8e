package chain_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sluice-ingest/sluice/libs/audit/chain"
)

// logOf returns the lines of a log, each with its line feed, and its head after
// each.
func logOf(t require.TestingT, events int) (lines [][]byte, heads []chain.Head) {
	var head chain.Head
	for i := range events {
		line, err := head.Append(nil, event(i))
		require.NoError(t, err)
		lines, heads = append(lines, line), append(heads, head)
	}
	return lines, heads
}

func event(i int) chain.Event {
	return chain.Event{
		Time: time.Date(2026, 11, 23, 7, 0, i, 1, time.FixedZone("", 3600)), Service: "fileupload", Action: "file.delete",
		Outcome: chain.Refused, Reason: "FILE_NOT_FOUND", Tenant: "acme", Subject: "a<b>&c", Peer: "192.0.2.1:50123",
		Resource: map[string]string{"file_id": "00000000-0000-0000-0000-000000000001"},
		Counts:   map[string]int64{"n": int64(i)},
	}
}

func verify(opts chain.Options, files ...[]byte) (*chain.Report, error) {
	var sources []chain.Source
	for i, file := range files {
		sources = append(sources, chain.Source{Name: fmt.Sprintf("file %d", i+1), Reader: bytes.NewReader(file)})
	}
	return chain.Verify(opts, sources...)
}

func requireBreak(t require.TestingT, err error, line int, cause chain.Cause) {
	broken, ok := errors.AsType[*chain.BrokenError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, cause, broken.Cause, broken.Detail)
	require.Equal(t, line, broken.Line, broken.Detail)
}

func TestAWholeChainHolds(t *testing.T) {
	lines, heads := logOf(t, 5)
	var seen []chain.Event
	report, err := verify(chain.Options{
		Heads: []chain.Hash{heads[1].Hash, heads[4].Hash},
		Each:  func(e chain.Event) error { seen = append(seen, e); return nil },
	}, slices.Concat(lines...))
	require.NoError(t, err)
	require.Equal(t, &chain.Report{Events: 5, First: 1, Head: heads[4]}, report)
	require.Len(t, seen, 5)
	want := event(3)
	want.Time = want.Time.UTC()
	want.Version, want.Sequence, want.Previous, want.Hash = chain.Version, 4, heads[2].Hash, heads[3].Hash
	require.Equal(t, want, seen[3])
}

func TestAChainGoesOnOverFiles(t *testing.T) {
	lines, heads := logOf(t, 6)
	first, second := slices.Concat(lines[:2]...), slices.Concat(lines[2:]...)
	report, err := verify(chain.Options{}, first, second)
	require.NoError(t, err)
	require.EqualValues(t, 6, report.Events)

	_, err = verify(chain.Options{}, second, first)
	requireBreak(t, err, 1, chain.OutOfOrder)
	require.ErrorContains(t, err, "line 1 of file 2")

	report, err = verify(chain.Options{Heads: []chain.Hash{heads[1].Hash}}, second)
	require.NoError(t, err, "the head before a file is the one it goes on from")
	require.EqualValues(t, 3, report.First, "the report tells that older lines are not there")
	_, err = verify(chain.Options{Heads: []chain.Hash{heads[0].Hash}}, second)
	requireBreak(t, err, 0, chain.HeadMissing)
}

func TestEveryByteOfEveryLineCounts(t *testing.T) {
	lines, _ := logOf(t, 3)
	whole := slices.Concat(lines...)
	for at := range whole {
		line := 1 + bytes.Count(whole[:at], []byte{'\n'})
		for _, flip := range []byte{0x01, 0x20, 0x80} {
			changed := slices.Clone(whole)
			changed[at] ^= flip
			_, err := verify(chain.Options{}, changed)
			broken, ok := errors.AsType[*chain.BrokenError](err)
			require.True(t, ok, "byte %d ^ %#x: %v", at, flip, err)
			require.Equal(t, line, broken.Line, "byte %d ^ %#x: %v", at, flip, err)
		}
	}
}

func TestEveryLineCounts(t *testing.T) {
	const n = 6
	lines, heads := logOf(t, n)
	for i := range n {
		removed := slices.Delete(slices.Clone(lines), i, i+1)
		report, err := verify(chain.Options{Heads: []chain.Hash{heads[n-1].Hash}}, slices.Concat(removed...))
		switch i {
		case 0:
			require.NoError(t, err, "older lines may be in an older file")
			require.EqualValues(t, 2, report.First)
		case n - 1:
			requireBreak(t, err, 0, chain.HeadMissing)
		default:
			requireBreak(t, err, i+1, chain.Missing)
		}
		repeated := slices.Insert(slices.Clone(lines), i, lines[i])
		_, err = verify(chain.Options{}, slices.Concat(repeated...))
		requireBreak(t, err, i+2, chain.OutOfOrder)
		for k := i + 1; k < n; k++ {
			swapped := slices.Clone(lines)
			swapped[i], swapped[k] = swapped[k], swapped[i]
			_, err := verify(chain.Options{}, slices.Concat(swapped...))
			require.Error(t, err, "lines %d and %d swapped", i+1, k+1)
		}
	}
}

func TestALineWrittenAnewIsFoundByTheNext(t *testing.T) {
	lines, heads := logOf(t, 4)
	before := heads[0]
	forged := event(1)
	forged.Tenant = "another"
	line, err := before.Append(nil, forged)
	require.NoError(t, err)
	lines[1] = line
	_, err = verify(chain.Options{}, slices.Concat(lines...))
	requireBreak(t, err, 3, chain.Replaced)

	_, err = verify(chain.Options{}, slices.Concat(lines[:2]...))
	require.NoError(t, err, "nothing comes behind a forged end")
	_, err = verify(chain.Options{Heads: []chain.Hash{heads[1].Hash}}, slices.Concat(lines[:2]...))
	requireBreak(t, err, 0, chain.HeadMissing)
}

func TestWhatIsNoLine(t *testing.T) {
	lines, _ := logOf(t, 2)
	tests := map[string]struct {
		extra string
		cause chain.Cause
	}{
		"an empty line":   {"\n", chain.Changed},
		"other JSON":      {"{}\n", chain.Changed},
		"no end":          {"{", chain.Unfinished},
		"a carriage":      {"\r\n", chain.Changed},
		"endless":         {strings.Repeat("x", chain.MaxLine), chain.Changed},
		"the first again": {string(lines[0]), chain.OutOfOrder},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := verify(chain.Options{}, append(slices.Concat(lines...), test.extra...))
			requireBreak(t, err, 3, test.cause)
		})
	}
}

// With a head from the start and one from the end, no change at all passes.
func TestNoChangePassesBetweenTwoKnownHeads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines, heads := logOf(t, 8)
		first, whole := lines[0], slices.Concat(lines...)
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			lines = change(t, lines)
		}
		changed := slices.Concat(lines...)
		// The second line has the hash of the first, which may be in an older file.
		_, err := verify(chain.Options{Heads: []chain.Hash{heads[0].Hash, heads[7].Hash}}, changed)
		if bytes.Equal(whole, changed) || bytes.Equal(whole[len(first):], changed) {
			return
		}
		require.Error(t, err)
	})
}

func change(t *rapid.T, lines [][]byte) [][]byte {
	lines = slices.Clone(lines)
	if len(lines) == 0 {
		return lines
	}
	i := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
	k := rapid.IntRange(0, len(lines)-1).Draw(t, "other")
	switch rapid.SampledFrom([]string{"remove", "repeat", "swap", "byte", "cut"}).Draw(t, "change") {
	case "remove":
		return slices.Delete(lines, i, i+1)
	case "repeat":
		return slices.Insert(lines, k, lines[i])
	case "swap":
		lines[i], lines[k] = lines[k], lines[i]
	case "byte":
		line := slices.Clone(lines[i])
		if len(line) > 0 {
			line[rapid.IntRange(0, len(line)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		lines[i] = line
	case "cut":
		lines[i] = lines[i][:rapid.IntRange(0, len(lines[i])).Draw(t, "length")]
	}
	return lines
}

func TestHashHasOneForm(t *testing.T) {
	lower := strings.Repeat("ab", 32)
	hash, err := chain.ParseHash(lower)
	require.NoError(t, err)
	require.Equal(t, lower, hash.String())
	for _, text := range []string{"", lower[1:], lower + "a", strings.ToUpper(lower), strings.Repeat("xy", 32)} {
		_, err := chain.ParseHash(text)
		require.Error(t, err, text)
	}
}

func FuzzVerify(f *testing.F) {
	lines, _ := logOf(f, 3)
	f.Add(slices.Concat(lines...))
	f.Add(lines[1])
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		report, err := verify(chain.Options{}, data)
		require.NotNil(t, report)
		if err == nil {
			require.EqualValues(t, bytes.Count(data, []byte{'\n'}), report.Events)
		}
		_, end, err := chain.Last(bytes.NewReader(data), int64(len(data)))
		if err == nil && end > 0 {
			require.EqualValues(t, '\n', data[end-1])
		}
	})
}
