package journal

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// roomy are options over a real folder that may be nearly full.
func roomy(keys Keys) Options { return Options{MinFreeBytes: -1, Keys: keys} }

func TestANewJournalBeginsAtZero(t *testing.T) { bothWays(t, testANewJournalBeginsAtZero) }

func testANewJournalBeginsAtZero(t *testing.T, keys Keys) {
	dir := filepath.Join(t.TempDir(), "new", "folders")
	j, recovery, err := Open(dir, roomy(keys))
	require.NoError(t, err)
	require.Equal(t, Recovery{}, recovery)
	require.Zero(t, j.Durable())
	require.Zero(t, j.First())
	require.Zero(t, j.Bytes())
	r, err := j.Reader(0)
	require.NoError(t, err)
	_, ok, err := r.TryNext()
	require.NoError(t, err)
	require.False(t, ok)
	end, err := j.Append(t.Context(), []byte("one "), nil, []byte("record"))
	require.NoError(t, err)
	record, err := r.Next(t.Context())
	require.NoError(t, err)
	require.Equal(t, "one record", string(record.Data))
	require.Equal(t, end, record.End)
	require.Zero(t, record.Start)
	require.NoError(t, r.Close())
	require.NoError(t, j.Close())
}

func TestPositionsStayTheSameAcrossRestarts(t *testing.T) {
	bothWays(t, testPositionsStayTheSameAcrossRestarts)
}

func testPositionsStayTheSameAcrossRestarts(t *testing.T, keys Keys) {
	dir := t.TempDir()
	var all []written
	for range 3 {
		opts := roomy(keys)
		opts.SegmentBytes = 300
		j, recovery, err := Open(dir, opts)
		require.NoError(t, err)
		require.Len(t, all, int(recovery.Records))
		all = append(all, appendMany(t, j, 8)...)
		require.NoError(t, j.Close())
	}
	j, recovery, err := Open(dir, roomy(keys))
	require.NoError(t, err)
	require.Equal(t, all[len(all)-1].end, recovery.Durable)
	for i, want := range all {
		records, damages := readAll(t, j, want.start)
		require.Empty(t, damages)
		require.Equal(t, all[i:], records)
	}
	_, err = j.Reader(j.Durable() + 1)
	require.ErrorIs(t, err, ErrAhead)
	require.NoError(t, j.Close())
}

func TestRecordsOfAllSizes(t *testing.T) { bothWays(t, testRecordsOfAllSizes) }

func testRecordsOfAllSizes(t *testing.T, keys Keys) {
	opts := roomy(keys)
	opts.SegmentBytes, opts.GroupBytes, opts.MaxRecordBytes = 3<<20, 1<<20, 5<<20
	j, _, err := Open(t.TempDir(), opts)
	require.NoError(t, err)
	var sizes []int
	for size := 1; size <= 5<<20; size = size*7 + 1 {
		sizes = append(sizes, size, scanChunk-size%3)
	}
	sizes = append(sizes, 5<<20, 0)
	content := bytes.Repeat([]byte("0123456789abcdef"), 5<<16)
	for _, size := range sizes {
		_, err := j.Append(t.Context(), content[:size/2], content[size/2:size])
		require.NoError(t, err)
	}
	r, err := j.Reader(0)
	require.NoError(t, err)
	for _, size := range sizes {
		record, err := r.Next(t.Context())
		require.NoError(t, err)
		require.True(t, bytes.Equal(content[:size], record.Data), "%d bytes", size)
	}
	_, err = j.Append(t.Context(), content, []byte{1})
	require.ErrorIs(t, err, ErrTooLarge)
	require.NoError(t, r.Close())
	require.NoError(t, j.Close())
}

func TestNothingIsTakenAfterClose(t *testing.T) { bothWays(t, testNothingIsTakenAfterClose) }

func testNothingIsTakenAfterClose(t *testing.T, keys Keys) {
	j, _ := openSmall(t, sealedFS(keys))
	r, err := j.Reader(0)
	require.NoError(t, err)
	end, err := j.Append(t.Context(), []byte("pending"))
	require.NoError(t, err)
	require.NoError(t, j.Close())
	require.NoError(t, j.Close())
	require.NoError(t, j.Wait(t.Context(), end), "Close made it durable")
	require.ErrorIs(t, j.Wait(t.Context(), end+1), ErrClosed)
	_, err = j.Append(t.Context(), nil)
	require.ErrorIs(t, err, ErrClosed)
	require.ErrorIs(t, j.Trim(end), ErrClosed)
	_, err = r.Next(t.Context())
	require.ErrorIs(t, err, ErrClosed)
	<-j.Moved()
	require.NoError(t, r.Close())
	_, _, err = r.TryNext()
	require.ErrorIs(t, err, ErrClosed)
}

func TestWaitsEndWithTheirContext(t *testing.T) { bothWays(t, testWaitsEndWithTheirContext) }

func testWaitsEndWithTheirContext(t *testing.T, keys Keys) {
	j, _ := openSmall(t, sealedFS(keys))
	require.ErrorIs(t, j.Wait(canceled(t), 1), context.Canceled)
	r, err := j.Reader(0)
	require.NoError(t, err)
	_, err = r.Next(canceled(t))
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, r.Close())
	require.NoError(t, j.Close())
}

func TestTrimUnlinksWholeSegmentsThatWereRead(t *testing.T) {
	bothWays(t, testTrimUnlinksWholeSegmentsThatWereRead)
}

func testTrimUnlinksWholeSegmentsThatWereRead(t *testing.T, keys Keys) {
	fsys := sealedFS(keys)
	j, _ := openSmall(t, fsys)
	all := appendMany(t, j, 30)
	behind, err := j.Reader(0)
	require.NoError(t, err)
	size := j.Bytes()
	middle := all[15].end
	require.NoError(t, j.Trim(middle))
	require.Less(t, j.Bytes(), size)
	require.LessOrEqual(t, j.First(), middle)
	require.Positive(t, j.First())
	_, err = j.Reader(0)
	require.ErrorIs(t, err, ErrTrimmed)
	_, _, err = behind.TryNext()
	require.ErrorIs(t, err, ErrTrimmed)
	require.NoError(t, behind.Close())
	records, _ := readAll(t, j, middle)
	require.Equal(t, all[16:], records)

	require.NoError(t, j.Trim(j.Durable()))
	end := j.Durable()
	require.Equal(t, []string{segmentName(end)}, fsys.segmentNames(), "an empty one stays")
	require.Equal(t, end, j.First())
	for seed := range uint64(20) {
		crashed, recovery := openSmall(t, fsys.crash(seeded(seed)))
		require.Equal(t, end, recovery.Durable)
		require.NoError(t, crashed.Close())
	}
	require.NoError(t, j.Close())
	j, recovery := openSmall(t, fsys)
	require.Equal(t, end, recovery.Durable)
	require.Equal(t, recovery.Bytes, j.Bytes())
	require.Equal(t, end, appendDurably(t, j, "next").start)
	require.NoError(t, j.Close())
}

func TestConcurrentAppendersReadersAndTrims(t *testing.T) {
	bothWays(t, testConcurrentAppendersReadersAndTrims)
}

func testConcurrentAppendersReadersAndTrims(t *testing.T, keys Keys) {
	opts := roomy(keys)
	opts.SegmentBytes, opts.GroupBytes = 8<<10, 2<<10
	j, _, err := Open(t.TempDir(), opts)
	require.NoError(t, err)
	const writers, each = 8, 300
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				end, err := j.Append(t.Context(), fmt.Appendf(nil, "%d %d %0*d", w, i, i%500, 0))
				require.NoError(t, err)
				if i%10 == 0 {
					require.NoError(t, j.Wait(t.Context(), end))
				}
			}
		})
	}
	r, err := j.Reader(0)
	require.NoError(t, err)
	next := [writers]int{}
	for range writers * each {
		record, err := r.Next(t.Context())
		require.NoError(t, err)
		var w, i int
		_, err = fmt.Sscan(string(record.Data), &w, &i)
		require.NoError(t, err)
		require.Equal(t, next[w], i)
		next[w]++
		require.LessOrEqual(t, record.End, j.Durable())
		require.NoError(t, j.Trim(record.End))
	}
	group.Wait()
	require.NoError(t, r.Close())
	require.NoError(t, j.Close())
}

func TestADamagedRegionIsReadOnceAndReadingGoesOn(t *testing.T) {
	bothWays(t, testADamagedRegionIsReadOnceAndReadingGoesOn)
}

func testADamagedRegionIsReadOnceAndReadingGoesOn(t *testing.T, keys Keys) {
	fsys := sealedFS(keys)
	j, _ := openSmall(t, fsys)
	all := appendMany(t, j, 20)
	r, err := j.Reader(0)
	require.NoError(t, err)
	fsys.mu.Lock()
	fsys.files[segmentName(0)].data[segmentHeader+all[1].start] ^= 1
	fsys.mu.Unlock()
	records, damages := drain(t, r)
	require.Len(t, damages, 1)
	require.Equal(t, &DamageError{From: all[1].start, To: all[1].end}, damages[0])
	require.Equal(t, append([]written{all[0]}, all[2:]...), records)
	require.Contains(t, fsys.contents(), fmt.Sprintf("damaged/%020d-%020d", all[1].start, all[1].end))
	require.NoError(t, r.Close())
	require.NoError(t, j.Close())
}

func TestAppendDoesNotAllocate(t *testing.T) { bothWays(t, testAppendDoesNotAllocate) }

func testAppendDoesNotAllocate(t *testing.T, keys Keys) {
	opts := roomy(keys)
	opts.SegmentBytes = 1 << 30
	j, _, err := Open(t.TempDir(), opts)
	require.NoError(t, err)
	a, b := make([]byte, 1000), make([]byte, 24)
	appendBoth := func() {
		end, err := j.Append(t.Context(), a, b)
		if err != nil || end%64 == 0 && j.Wait(t.Context(), end) != nil {
			t.Error("the journal failed")
		}
	}
	for range 20_000 {
		appendBoth() // until the buffers have their size
	}
	require.Less(t, testing.AllocsPerRun(2000, appendBoth), 0.5)
	require.NoError(t, j.Close())
}
