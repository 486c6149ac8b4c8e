package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// failing makes an operation fail so many times, on files whose name has the
// given end.
type failing struct {
	operation, suffix string
	err               error
	times             int
	// short lets half of a write through.
	short bool
}

func (f *failing) fault(operation, name string, size int) (int, error) {
	if operation != f.operation || !strings.HasSuffix(name, f.suffix) || f.times == 0 {
		return size, nil
	}
	f.times--
	if f.short {
		return size / 2, f.err
	}
	return 0, f.err
}

// rollbackCall is what OnRollback was told.
type rollbackCall struct {
	durable Position
	cause   error
}

func TestAFailureLosesOnlyWhatWasNotDurable(t *testing.T) {
	bothWays(t, testAFailureLosesOnlyWhatWasNotDurable)
}

func testAFailureLosesOnlyWhatWasNotDurable(t *testing.T, keys Keys) {
	for _, test := range []struct {
		name string
		failing
		want error
	}{
		{"sync", failing{operation: "sync", err: syscall.EIO, times: 1}, ErrFailed},
		{"write", failing{operation: "write", err: syscall.EIO, times: 1}, ErrFailed},
		{"half a write", failing{operation: "write", err: syscall.EIO, times: 1, short: true}, ErrFailed},
		{"short write", failing{operation: "write", times: 1, short: true}, ErrFailed},
		{"full disk", failing{operation: "write", err: syscall.ENOSPC, times: 1}, ErrFull},
		{"full disk in the middle", failing{operation: "write", err: syscall.ENOSPC, times: 1, short: true}, ErrFull},
		{"full disk that stays so", failing{operation: "write", err: syscall.ENOSPC, times: 9, short: true}, ErrFull},
		{"full disk at a sync", failing{operation: "sync", err: syscall.ENOSPC, times: 4}, ErrFull},
		{"quota", failing{operation: "write", err: syscall.EDQUOT, times: 2}, ErrFull},
		{"sync many times", failing{operation: "sync", err: syscall.EIO, times: 20}, ErrFailed},
	} {
		for _, durableBefore := range []int{0, 1, 7} {
			t.Run(fmt.Sprintf("%s after %d", test.name, durableBefore), func(t *testing.T) {
				fault := test.failing
				fault.suffix = ""
				synctest.Test(t, func(t *testing.T) { failOnce(t, &fault, durableBefore, test.want, keys) })
			})
		}
	}
}

func failOnce(t *testing.T, fault *failing, durableBefore int, want error, keys Keys) {
	fsys := sealedFS(keys)
	opts := small(fsys)
	var calls []rollbackCall
	var j *Journal
	opts.OnRollback = func(durable Position, cause error) {
		calls = append(calls, rollbackCall{durable, cause})
		_, err := j.Append(t.Context(), []byte("while it is rolled back"))
		require.ErrorIs(t, err, want)
	}
	j, _, err := Open("", opts)
	require.NoError(t, err)
	var all []written
	for i := range durableBefore {
		all = append(all, appendDurably(t, j, fmt.Sprintf("before the failure %d", i)))
	}
	reader, err := j.Reader(0)
	require.NoError(t, err)
	read, _ := drain(t, reader) // so that it has the file open
	require.Equal(t, all, read)
	durable := j.Durable()

	fsys.mu.Lock()
	fsys.fault = fault.fault
	fsys.mu.Unlock()
	lost, err := j.Append(t.Context(), []byte("lost"))
	require.NoError(t, err)
	require.ErrorIs(t, j.Wait(t.Context(), lost), want)
	require.Equal(t, durable, j.Durable())

	// Time stands for the backoff.
	for err = errors.New("not yet"); err != nil; {
		synctest.Wait()
		time.Sleep(time.Second)
		_, err = j.Append(t.Context(), []byte("after"))
		if err != nil {
			require.ErrorIs(t, err, want)
		}
	}
	after := appendDurably(t, j, "after it too")
	require.Greater(t, after.start, lost)
	require.ErrorIs(t, j.Wait(t.Context(), lost), want, "it stays lost")
	require.Len(t, calls, 1)
	require.Equal(t, durable, calls[0].durable)
	require.ErrorIs(t, calls[0].cause, want)

	records, damages := drain(t, reader)
	require.Empty(t, damages)
	require.Len(t, records, 2)
	require.Equal(t, after, records[1])
	records = append(read, records...)
	require.NoError(t, reader.Close())
	crashed := fsys.crash(seeded(1))
	require.NoError(t, j.Close())
	for _, left := range []*memoryFS{crashed, fsys} {
		left.fault = nil
		recovery := requireTruth(t, left, records, records)
		require.Empty(t, recovery.Damages)
		require.Zero(t, recovery.TornBytes)
	}
}

// drain reads what there is.
func drain(t *testing.T, r *Reader) (records []written, damages []error) {
	t.Helper()
	for {
		record, ok, err := r.TryNext()
		if err != nil {
			require.ErrorAs(t, err, new(*DamageError))
			damages = append(damages, err)
			continue
		}
		if !ok {
			return records, damages
		}
		records = append(records, written{string(record.Data), record.Start, record.End})
	}
}

func TestAppendsThatWaitFailInARollback(t *testing.T) {
	bothWays(t, testAppendsThatWaitFailInARollback)
}

func testAppendsThatWaitFailInARollback(t *testing.T, keys Keys) {
	synctest.Test(t, func(t *testing.T) {
		fsys := sealedFS(keys)
		opts := small(fsys)
		opts.GroupBytes = 64
		j, _, err := Open("", opts)
		require.NoError(t, err)
		hold := make(chan struct{})
		fsys.fault = func(operation, _ string, size int) (int, error) {
			if operation == "sync" {
				fsys.mu.Unlock()
				<-hold
				fsys.mu.Lock()
				fsys.fault = nil
				return 0, syscall.EIO
			}
			return size, nil
		}
		record := make([]byte, 50)
		_, err = j.Append(t.Context(), record)
		require.NoError(t, err)
		synctest.Wait() // it is in its sync
		second, err := j.Append(t.Context(), record)
		require.NoError(t, err)
		_, err = j.Append(canceled(t), record)
		require.ErrorIs(t, err, context.Canceled, "a cancelled context ends the wait")

		var waiting sync.WaitGroup
		for range 3 {
			waiting.Go(func() {
				_, err := j.Append(t.Context(), record)
				require.ErrorIs(t, err, ErrFailed)
			})
		}
		waiting.Go(func() { require.ErrorIs(t, j.Wait(t.Context(), second), ErrFailed) })
		synctest.Wait()
		moved := j.Moved()
		close(hold)
		waiting.Wait()
		<-moved
		synctest.Wait()
		appendDurably(t, j, "whole again")
		require.NoError(t, j.Close())
	})
}

func TestCloseTellsThatRecordsWereLost(t *testing.T) { bothWays(t, testCloseTellsThatRecordsWereLost) }

func testCloseTellsThatRecordsWereLost(t *testing.T, keys Keys) {
	synctest.Test(t, func(t *testing.T) {
		for _, times := range []int{1, 1000} {
			fsys := sealedFS(keys)
			j, _ := openSmall(t, fsys)
			appendDurably(t, j, "kept")
			fault := &failing{operation: "sync", err: syscall.EIO, times: times}
			fsys.fault = fault.fault
			end, err := j.Append(t.Context(), []byte("lost"))
			require.NoError(t, err)
			require.ErrorIs(t, j.Close(), ErrFailed)
			require.ErrorIs(t, j.Close(), ErrFailed, "a second Close says the same")
			require.ErrorIs(t, j.Wait(t.Context(), end), ErrFailed)
		}
	})
}

func TestAFullDiskGoesOnAfterATrim(t *testing.T) { bothWays(t, testAFullDiskGoesOnAfterATrim) }

func testAFullDiskGoesOnAfterATrim(t *testing.T, keys Keys) {
	synctest.Test(t, func(t *testing.T) {
		fsys := sealedFS(keys)
		j, _ := openSmall(t, fsys)
		all := appendMany(t, j, 20)
		full := true
		fsys.fault = func(operation, name string, size int) (int, error) {
			switch {
			case operation == "remove" && strings.HasSuffix(name, segmentSuffix): // and not a key that is made ahead
				full = false
			case operation == "write" && full && name != markName:
				return 0, syscall.ENOSPC
			}
			return size, nil
		}
		end, err := j.Append(t.Context(), []byte("refused"))
		require.NoError(t, err)
		require.ErrorIs(t, j.Wait(t.Context(), end), ErrFull)
		time.Sleep(time.Hour)
		_, err = j.Append(t.Context(), []byte("refused"))
		require.ErrorIs(t, err, ErrFull)
		require.NoError(t, j.Trim(all[10].end))
		time.Sleep(lastBackoff)
		synctest.Wait()
		last := appendDurably(t, j, "taken")
		require.GreaterOrEqual(t, last.start, end)
		require.NoError(t, j.Close())
	})
}

// TestRandomFaults lets any operation fail at any time, then cuts the power.
func TestRandomFaults(t *testing.T) { bothWays(t, testRandomFaults) }

func testRandomFaults(t *testing.T, keys Keys) {
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) { faultsAndCrash(t, seeded(seed), seeded(seed+1000), keys) })
	}
}

func faultsAndCrash(t *testing.T, random, disk *rand.Rand, keys Keys) {
	fsys := sealedFS(keys)
	j, _ := openSmall(t, fsys)
	broken := true
	causes := []error{syscall.EIO, syscall.ENOSPC, nil}
	fsys.fault = func(operation, _ string, size int) (int, error) {
		if !broken || operation == "read" || disk.IntN(6) > 0 {
			return size, nil
		}
		cause := causes[disk.IntN(3)]
		if operation != "write" {
			cause = causes[disk.IntN(2)]
		}
		return disk.IntN(size + 1), cause
	}
	var appended, acknowledged []written
	for i := range 60 {
		data := fmt.Sprintf("%0*d", 1+random.IntN(100), i)
		end, err := j.Append(t.Context(), []byte(data))
		if err != nil {
			time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond)
			continue
		}
		appended = append(appended, written{data, startOf(j, end, data), end})
		if random.IntN(2) == 0 && j.Wait(t.Context(), end) == nil {
			acknowledged = append(acknowledged, appended[len(appended)-1])
		}
	}
	fsys.mu.Lock()
	broken = random.IntN(2) == 0
	fsys.mu.Unlock()
	crashed := fsys.crash(random)
	_ = j.Close() // It may be broken.
	recovery := requireTruth(t, crashed, appended, acknowledged)
	require.Empty(t, recovery.Damages)
}

func TestAReadErrorIsNotDamage(t *testing.T) { bothWays(t, testAReadErrorIsNotDamage) }

func testAReadErrorIsNotDamage(t *testing.T, keys Keys) {
	fsys := sealedFS(keys)
	j, _ := openSmall(t, fsys)
	all := appendMany(t, j, 4)
	r, err := j.Reader(0)
	require.NoError(t, err)
	fsys.mu.Lock()
	fsys.fault = (&failing{operation: "read", err: syscall.EIO, times: 1}).fault
	fsys.mu.Unlock()
	_, err = r.Next(t.Context())
	require.ErrorIs(t, err, syscall.EIO)
	record, err := r.Next(t.Context())
	require.NoError(t, err)
	require.Equal(t, all[0].data, string(record.Data), "the next call tries again")
	require.NoError(t, r.Close())
	require.NoError(t, j.Close())

	fsys.fault = (&failing{operation: "read", err: io.ErrUnexpectedEOF, times: 1}).fault
	_, _, err = Open("", small(fsys))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

// A disk that is full again and again covers more and more with fillers, which
// must not fill the journal.
func TestWhatIsLostTakesNoRoom(t *testing.T) { bothWays(t, testWhatIsLostTakesNoRoom) }

func testWhatIsLostTakesNoRoom(t *testing.T, keys Keys) {
	for _, fault := range []failing{
		{operation: "write", err: syscall.ENOSPC, times: 1},
		{operation: "sync", err: syscall.EIO, times: 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			fsys := sealedFS(keys)
			opts := Options{MaxBytes: 64 << 10, MinFreeBytes: -1, fs: fsys, Keys: keys}
			j, _, err := Open("", opts)
			require.NoError(t, err)
			first := appendDurably(t, j, "first")
			record := make([]byte, 8<<10)
			for range 100 {
				again := fault
				fsys.mu.Lock()
				fsys.fault = again.fault
				fsys.mu.Unlock()
				end, err := j.Append(t.Context(), record)
				require.NoError(t, err)
				require.Error(t, j.Wait(t.Context(), end))
				time.Sleep(lastBackoff)
				synctest.Wait()
			}
			require.Len(t, j.lost, 1)
			require.Less(t, j.Bytes(), int64(8<<10), "headers only")
			last := appendDurably(t, j, "last")
			require.Greater(t, last.start, Position(100*len(record)))
			taken := j.Bytes()
			require.NoError(t, j.Close())

			j, recovery, err := Open("", opts)
			require.NoError(t, err)
			require.Equal(t, taken, recovery.Bytes)
			records, damages := readAll(t, j, 0)
			require.Empty(t, damages)
			require.Equal(t, []written{first, last}, records)
			require.NoError(t, j.Close())
		})
	}
}

// A failed sync leaves pages that look written and are not, and a failed sync
// of the folder a name that looks kept, also to the next process.
func TestWhatOpenRecoversIsDurableEvenAfterAFailedSync(t *testing.T) {
	bothWays(t, testWhatOpenRecoversIsDurableEvenAfterAFailedSync)
}

func testWhatOpenRecoversIsDurableEvenAfterAFailedSync(t *testing.T, keys Keys) {
	for _, failed := range []string{"sync", "syncdir"} {
		for durableBefore := range 2 {
			t.Run(fmt.Sprintf("%s after %d", failed, durableBefore), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { recoverUnsynced(t, failed, durableBefore, keys) })
			})
		}
	}
}

func recoverUnsynced(t *testing.T, failed string, durableBefore int, keys Keys) {
	fsys := sealedFS(keys)
	j, _ := openSmall(t, fsys)
	var all []written
	for range durableBefore {
		// The next one begins a segment.
		all = append(all, appendDurably(t, j, strings.Repeat("durable", 30)))
	}
	fsys.mu.Lock()
	keyed := keys == nil
	fsys.fault = func(operation, name string, size int) (int, error) {
		if strings.Contains(name, keySuffix) || operation == "syncdir" && !keyed {
			keyed = operation == "syncdir" // The segment's key is durable.
			return size, nil
		}
		if operation == failed || strings.HasSuffix(name, temporarySuffix) {
			return 0, syscall.EIO
		}
		return size, nil
	}
	fsys.mu.Unlock()
	start, data := j.Durable(), strings.Repeat("never synced", 10)
	end, err := j.Append(t.Context(), []byte(data))
	require.NoError(t, err)
	require.ErrorIs(t, j.Wait(t.Context(), end), ErrFailed)
	require.ErrorIs(t, j.Close(), ErrFailed)
	fsys.fault = nil
	all = append(all, written{data, start, end})

	j, _ = openSmall(t, fsys)
	records, _ := readAll(t, j, 0)
	require.Equal(t, all, records)
	for seed := range uint64(50) {
		recovery := requireTruth(t, fsys.crash(seeded(seed)), all, all)
		require.Empty(t, recovery.Damages)
	}
	require.NoError(t, j.Close())
}

// With no segment left, only a mark that may be old would tell where to go on.
func TestTheLastSegmentIsNeverTrimmed(t *testing.T) { bothWays(t, testTheLastSegmentIsNeverTrimmed) }

func testTheLastSegmentIsNeverTrimmed(t *testing.T, keys Keys) {
	synctest.Test(t, func(t *testing.T) {
		fsys := sealedFS(keys)
		j, _ := openSmall(t, fsys)
		end := appendDurably(t, j, strings.Repeat("fills a segment", 15)).end
		fsys.mu.Lock()
		fsys.fault = func(operation, name string, size int) (int, error) {
			if operation == "open" && strings.HasPrefix(name, segmentName(end)) {
				return 0, syscall.ENOSPC
			}
			return size, nil
		}
		fsys.mu.Unlock()
		next, err := j.Append(t.Context(), make([]byte, 100))
		require.NoError(t, err)
		require.ErrorIs(t, j.Wait(t.Context(), next), ErrFull)
		require.NoError(t, j.Trim(end))
		require.Equal(t, []string{segmentName(0)}, fsys.segmentNames())
		require.ErrorIs(t, j.Close(), ErrFull)
	})
}
