package journal

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// small are options that make many segments of few records.
func small(fsys fileSystem) Options {
	opts := Options{SegmentBytes: 256, MinFreeBytes: -1, fs: fsys}
	if memory, ok := fsys.(*memoryFS); ok {
		opts.Keys = memory.keys
	}
	if opts.Keys != nil {
		opts.SegmentBytes = 400 // for about as many records
	}
	return opts
}

func openSmall(t testing.TB, fsys fileSystem) (*Journal, Recovery) {
	t.Helper()
	j, recovery, err := Open("", small(fsys))
	require.NoError(t, err)
	return j, recovery
}

// written is a record that was appended.
type written struct {
	data       string
	start, end Position
}

// appendDurably appends a record and waits for it.
func appendDurably(t testing.TB, j *Journal, data string) written {
	t.Helper()
	end, err := j.Append(t.Context(), []byte(data))
	require.NoError(t, err)
	require.NoError(t, j.Wait(t.Context(), end))
	return written{data, startOf(j, end, data), end}
}

// startOf returns where a record begins that ends at a position.
func startOf(j *Journal, end Position, data string) Position {
	return end - Position(j.opts.frameBytes(len(data)))
}

// appendMany appends records of different sizes, two to a group.
func appendMany(t testing.TB, j *Journal, n int) []written {
	t.Helper()
	var all []written
	for i := range n {
		data := fmt.Sprintf("record %d of the journal %0*d", i, i%7*11, i)
		if i == 2 {
			data = ""
		}
		if i%3 == 0 {
			all = append(all, appendDurably(t, j, data))
			continue
		}
		end, err := j.Append(t.Context(), []byte(data))
		require.NoError(t, err)
		all = append(all, written{data, startOf(j, end, data), end})
	}
	require.NoError(t, j.Wait(t.Context(), all[len(all)-1].end))
	return all
}

// readAll reads what there is from a position on.
func readAll(t testing.TB, j *Journal, from Position) (records []written, damages []Damage) {
	t.Helper()
	r, err := j.Reader(from)
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	for {
		record, ok, err := r.TryNext()
		damage, damaged := errors.AsType[*DamageError](err)
		switch {
		case damaged:
			damages = append(damages, Damage{From: damage.From, To: damage.To})
		case err != nil:
			require.NoError(t, err)
		case !ok:
			return records, damages
		default:
			records = append(records, written{string(record.Data), record.Start, record.End})
		}
	}
}

// requireTruth opens a folder and checks that all of acknowledged is there or
// reported as damaged, that nothing is there but what was appended, and that
// all of it stays so. It returns what the first Open found.
func requireTruth(t testing.TB, fsys *memoryFS, appended, acknowledged []written) Recovery {
	t.Helper()
	j, recovery := openSmall(t, fsys)
	records, damages := readAll(t, j, j.First())
	require.Subset(t, appended, records)
	requireOrder(t, records)
	for _, want := range acknowledged {
		require.True(t, slices.Contains(records, want) || covered(damages, want),
			"the record from %d to %d is lost in silence", want.start, want.end)
	}
	require.Equal(t, damages, regions(recovery.Damages))
	more := appendDurably(t, j, "after the recovery")
	require.NoError(t, j.Close())

	j, again := openSmall(t, fsys)
	require.Zero(t, again.TornBytes)
	require.Equal(t, recovery.Damages, again.Damages)
	laterRecords, laterDamages := readAll(t, j, j.First())
	require.Equal(t, append(records, more), laterRecords)
	require.Equal(t, damages, laterDamages)
	require.NoError(t, j.Close())
	return recovery
}

func requireOrder(t testing.TB, records []written) {
	t.Helper()
	for i := 1; i < len(records); i++ {
		require.LessOrEqual(t, records[i-1].end, records[i].start)
	}
}

func covered(damages []Damage, want written) bool {
	for _, d := range damages {
		if d.From <= want.start && want.end <= d.To {
			return true
		}
	}
	return false
}

// regions leaves the damaged headers, which no reader sees, and the copies out.
func regions(damages []Damage) []Damage {
	var plain []Damage
	for _, d := range damages {
		if d.From < d.To {
			plain = append(plain, Damage{From: d.From, To: d.To})
		}
	}
	return plain
}

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 42)) }

func canceled(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
