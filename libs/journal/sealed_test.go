package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNothingOfASealedRecordIsOnTheDisk(t *testing.T) {
	fsys := sealedFS(KeysOf(newTestKeys()))
	j, _ := openSmall(t, fsys)
	for range 10 {
		appendDurably(t, j, "a text that nobody may find")
	}
	fsys.fault = (&failing{operation: "sync", suffix: segmentSuffix, err: errors.New("broken"), times: 1}).fault
	lost, err := j.Append(t.Context(), []byte("a text that nobody may find"))
	require.NoError(t, err)
	require.ErrorIs(t, j.Wait(t.Context(), lost), ErrFailed)
	require.NoError(t, errOrNil(j.Close(), ErrFailed))
	for name, content := range fsys.contents() {
		require.NotContains(t, content, "text", name)
		require.NotContains(t, content, "nobody", name)
	}
}

func errOrNil(err, allowed error) error {
	if errors.Is(err, allowed) {
		return nil
	}
	return err
}

// forger changes frames and makes their checksums fit.
type forger struct {
	t       *testing.T
	fsys    *memoryFS
	records []written
	id      identity
}

// newForger closes a sealed journal of records in several segments.
func newForger(t *testing.T) *forger {
	t.Helper()
	f := &forger{t: t, fsys: sealedFS(KeysOf(newTestKeys()))}
	j, _ := openSmall(t, f.fsys)
	for i := range 12 {
		f.records = append(f.records, appendDurably(t, j, fmt.Sprintf("record %02d of the same size", i)))
	}
	f.id = j.marks.id
	require.NoError(t, j.Close())
	require.Greater(t, len(f.fsys.segmentNames()), 2)
	return f
}

// frame returns the bytes of a record's frame in its segment.
func (f *forger) frame(fsys *memoryFS, of written) []byte {
	name := ""
	for _, next := range fsys.segmentNames() {
		if base, _ := parseSegmentName(next); base <= of.start {
			name = next
		}
	}
	base, _ := parseSegmentName(name)
	return fsys.files[name].data[segmentHeader+of.start-base:][:of.end-of.start]
}

// resum makes a frame's checksums fit its content.
func (f *forger) resum(frame []byte, at Position) {
	codec := newFrameCodec(f.id)
	word, sum := binary.LittleEndian.Uint32(frame), crc32.Checksum(frame[frameHeader:], castagnoli)
	if frameKind(word>>frameKindShift&frameKindMask) == kindFiller {
		sum = fillerSum
	}
	codec.putHeader(frame, at, word, sum)
}

// requireDamage checks that the records of these numbers, and no others, are
// found damaged by a start, by a reader that was open before, and by Records.
func (f *forger) requireDamage(forged *memoryFS, numbers ...int) {
	f.t.Helper()
	var kept []written
	for i, record := range f.records {
		if !slices.Contains(numbers, i) {
			kept = append(kept, record)
		}
	}
	recovery := requireTruth(f.t, forged, f.records, f.records)
	require.Len(f.t, kept, int(recovery.Records))
	lost := Position(0)
	for _, damage := range recovery.Damages {
		require.Contains(f.t, forged.contents(), damage.File, "it is set aside")
		lost += damage.To - damage.From
	}
	require.Equal(f.t, Position(len(numbers))*(f.records[0].end-f.records[0].start), lost)
}

func TestAnAlteredByteIsDamageWhateverTheChecksumSays(t *testing.T) {
	f := newForger(t)
	record := f.records[4]
	for i := range record.end - record.start - frameHeader {
		forged := f.fsys.copy()
		frame := f.frame(forged, record)
		frame[frameHeader+i] ^= 1
		f.resum(frame, record.start)
		f.requireDamage(forged, 4)
	}
}

func TestRecordsCanNotBeForged(t *testing.T) {
	f := newForger(t)
	a, b := f.records[3], f.records[4]
	last := f.records[len(f.records)-2]
	plain := func(frame []byte, kind frameKind) {
		binary.LittleEndian.PutUint32(frame, frameWord(true, kind, len(frame)-frameHeader))
	}
	for _, test := range []struct {
		name    string
		forge   func(fsys *memoryFS)
		damaged []int
	}{
		{"swapped", func(fsys *memoryFS) {
			one, other := f.frame(fsys, a), f.frame(fsys, b)
			was := slices.Clone(one)
			copy(one, other)
			copy(other, was)
			f.resum(one, a.start)
			f.resum(other, b.start)
		}, []int{3, 4}},
		{"repeated", func(fsys *memoryFS) {
			copy(f.frame(fsys, b), f.frame(fsys, a))
			f.resum(f.frame(fsys, b), b.start)
		}, []int{4}},
		{"moved to another segment", func(fsys *memoryFS) {
			copy(f.frame(fsys, last), f.frame(fsys, a))
			f.resum(f.frame(fsys, last), last.start)
		}, []int{10}},
		{"made plain", func(fsys *memoryFS) {
			plain(f.frame(fsys, a), kindRecord)
			f.resum(f.frame(fsys, a), a.start)
		}, []int{3}},
		{"hidden under a filler", func(fsys *memoryFS) {
			plain(f.frame(fsys, a), kindFiller)
			f.resum(f.frame(fsys, a), a.start)
		}, []int{3}},
		{"hidden under a filler without a proof", func(fsys *memoryFS) {
			frame := f.frame(fsys, a)
			plain(frame[:frameHeader+9], kindFiller)
			f.resum(frame[:frameHeader+9], a.start)
		}, []int{3}},
		{"put into a group before it", func(fsys *memoryFS) {
			frame := f.frame(fsys, a)
			binary.LittleEndian.PutUint32(frame, binary.LittleEndian.Uint32(frame)&^frameFirst)
			f.resum(frame, a.start)
		}, []int{3}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f.t = t
			forged := f.fsys.copy()
			test.forge(forged)
			f.requireDamage(forged, test.damaged...)
		})
	}
}

func TestAReaderFindsWhatWasAlteredSinceTheStart(t *testing.T) {
	f := newForger(t)
	j, recovery := openSmall(t, f.fsys)
	require.Empty(t, recovery.Damages)
	f.fsys.mu.Lock()
	frame := f.frame2(f.records[2])
	frame[frameHeader+20] ^= 1
	f.resum(frame, f.records[2].start)
	f.fsys.mu.Unlock()
	records, damages := readAll(t, j, 0)
	require.Equal(t, []Damage{{From: f.records[2].start, To: f.records[2].end}}, damages)
	require.Len(t, records, 11)
	require.NoError(t, j.Close())
}

// frame2 is frame of a record in the first segment, without a lock.
func (f *forger) frame2(of written) []byte {
	return f.fsys.files[segmentName(0)].data[segmentHeader+of.start:][:of.end-of.start]
}

// What a segment's key was made for can't be had by another one.
func TestTheKeyOfAnotherSegmentIsRefused(t *testing.T) {
	f := newForger(t)
	names := f.fsys.segmentNames()
	base, _ := parseSegmentName(names[1])
	f.fsys.files[keyName(0)].data = slices.Clone(f.fsys.files[keyName(base)].data)
	requireRefused(t, f.fsys, f.fsys.keys, "is the key of another segment")

	// With its header made to fit, every record of the segment is damaged.
	wrapped, ok, err := decodeKey(f.fsys.files[keyName(base)].data, f.id, base)
	require.NoError(t, err)
	require.True(t, ok)
	require.NoError(t, putKey(f.fsys, f.id, 0, wrapped))
	recovery := requireTruth(t, f.fsys, f.records, f.records)
	require.Len(t, recovery.Damages, 1)
	require.Equal(t, base, recovery.Damages[0].To)
}

// requireRefused checks that a journal does not open, and that nothing is
// changed.
func requireRefused(t *testing.T, fsys *memoryFS, keys Keys, want string) {
	t.Helper()
	was := fsys.contents()
	opts := small(fsys)
	opts.Keys = keys
	_, _, err := Open("", opts)
	require.ErrorContains(t, err, want)
	require.Equal(t, was, fsys.contents(), "nothing was changed")
}

func TestAWrongKeyIsRefused(t *testing.T) {
	f := newForger(t)
	other := newTestKeys()
	other.outer = "b"
	requireRefused(t, f.fsys, KeysOf(other), errOtherKey.Error())
	requireRefused(t, f.fsys, nil, "give the key that it was written with")
	torn := f.fsys.copy()
	inode := torn.files[torn.segmentNames()[2]]
	inode.data = append(inode.data, "torn"...)
	requireRefused(t, torn, KeysOf(other), errOtherKey.Error())
	requireTruth(t, f.fsys, f.records, f.records)
}

func TestAKeyThatIsLostIsAskedFor(t *testing.T) {
	f := newForger(t)
	for name, spoil := range map[string]func(fsys *memoryFS){
		"missing": func(fsys *memoryFS) { require.NoError(t, fsys.Remove(keyName(0))) },
		"damaged": func(fsys *memoryFS) { clear(fsys.files[keyName(0)].data) },
		"both copies": func(fsys *memoryFS) {
			fsys.files[keyName(0)].data[keyHeader]++
			fsys.files[keyName(0)].data[keyStride+keyHeader]++
		},
	} {
		t.Run(name, func(t *testing.T) {
			spoilt := f.fsys.copy()
			spoil(spoilt)
			requireRefused(t, spoilt, f.fsys.keys, "bring it back from a copy")
		})
	}
	for _, at := range []int{0, keyStride} {
		spoilt := f.fsys.copy()
		clear(spoilt.files[keyName(0)].data[at:][:keyHeader])
		recovery := requireTruth(t, spoilt, f.records, f.records)
		require.Empty(t, recovery.Damages, "one copy is enough")
	}
}

// Encryption is switched on, and off again.
func TestPlainAndSealedSegmentsGoTogether(t *testing.T) {
	fsys, keys := newMemoryFS(), KeysOf(newTestKeys())
	var all []written
	var versions []byte
	for _, use := range []Keys{nil, keys, keys, nil, nil, keys} {
		opts := small(fsys)
		opts.Keys = keys // since there is something sealed
		if use == nil && len(all) > 0 {
			requireRefused(t, fsys, nil, ErrSealed.Error())
			continue
		}
		opts.Keys = use
		j, recovery, err := Open("", opts)
		require.NoError(t, err)
		require.Len(t, all, int(recovery.Records))
		records, damages := readAll(t, j, 0)
		require.Empty(t, damages)
		require.Equal(t, all, records)
		all = append(all, appendDurably(t, j, "one"), appendDurably(t, j, "another"))
		require.NoError(t, j.Close())
	}
	for _, name := range fsys.segmentNames() {
		versions = append(versions, fsys.files[name].data[24])
	}
	require.Equal(t, []byte{1, 2, 2, 2}, versions, "an older program refuses what it can't read")

	// Once what is sealed is trimmed, the journal is plain without a key.
	opts := small(fsys)
	opts.Keys = keys
	opts.SegmentBytes = 64
	j, recovery, err := Open("", opts)
	require.NoError(t, err)
	require.EqualValues(t, 6, recovery.SealedRecords)
	require.EqualValues(t, 8, recovery.Records)
	end := appendDurably(t, j, "so that the last can go").end
	require.NoError(t, j.Trim(end))
	require.NoError(t, j.Close())
	require.Len(t, fsys.segmentNames(), 1)
	opts.Keys = nil
	j, recovery, err = Open("", opts)
	require.NoError(t, err)
	require.Zero(t, recovery.Records)
	last := appendDurably(t, j, "plain")
	require.Equal(t, end, last.start)
	require.NoError(t, j.Close())
	require.Contains(t, fsys.contents()[segmentName(end)], "plain")
	j, _, err = Open("", opts)
	require.NoError(t, err)
	require.Empty(t, fsys.keyNames(), "a key of what was trimmed goes")
	require.NoError(t, j.Close())
}

// keyNames returns the names of the keys in their order.
func (m *memoryFS) keyNames() []string {
	names, _ := m.List(".")
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasSuffix(name, keySuffix) })
}

func TestEachSegmentHasAKeyOfItsOwnAndEachStartBeginsOne(t *testing.T) {
	fsys := sealedFS(KeysOf(newTestKeys()))
	for i := range 3 {
		j, _ := openSmall(t, fsys)
		require.Len(t, fsys.segmentNames(), i, "nothing to seal yet")
		appendDurably(t, j, "a record")
		require.NoError(t, j.Close())
	}
	wrapped := map[string]bool{}
	for _, name := range fsys.keyNames() {
		wrapped[fsys.contents()[name][keyHeader:][:60]] = true
	}
	require.Len(t, wrapped, 3)
	// An empty segment gets a new key too.
	j, _ := openSmall(t, fsys)
	appendDurably(t, j, strings.Repeat("a record", 30))
	require.NoError(t, j.Trim(j.Durable()))
	require.NoError(t, j.Close())
	require.Len(t, fsys.keyNames(), 1)
	empty := fsys.contents()[fsys.keyNames()[0]]
	j, _ = openSmall(t, fsys)
	require.NotEqual(t, empty, fsys.contents()[fsys.keyNames()[0]])
	require.NoError(t, j.Close())
}

func TestKeysLeaveWithTheirSegments(t *testing.T) {
	f := newForger(t)
	require.Len(t, f.fsys.keyNames(), len(f.fsys.segmentNames()))
	lost := f.fsys.copy()
	second, _ := parseSegmentName(lost.segmentNames()[1])
	require.NoError(t, lost.Remove(segmentName(second)))
	orphans := []string{keyName(1 << 40), keyName(1<<40) + temporarySuffix}
	for _, name := range orphans {
		lost.files[name] = &memoryInode{dirty: map[int64]bool{}}
	}
	j, recovery := openSmall(t, lost)
	require.Len(t, recovery.Damages, 1)
	for _, name := range orphans {
		require.NotContains(t, lost.contents(), name, "it was never used")
	}
	require.Contains(t, lost.keyNames(), keyName(second), "its segment may come back")
	last := appendDurably(t, j, "after it")
	require.NoError(t, j.Trim(last.start))
	require.Len(t, lost.keyNames(), 2, "the lost one's stays for now")
	require.NoError(t, j.Close())
	j, _ = openSmall(t, lost)
	require.Len(t, lost.keyNames(), 1)
	require.NoError(t, j.Close())
}

func TestTheOuterKeyIsRotatedByAStart(t *testing.T) {
	f := newForger(t)
	keys := newTestKeys()
	keys.outer = "ab"
	f.fsys.keys = KeysOf(keys)
	for seed := range uint64(10) { // a crash in between leaves keys that unwrap
		crashed := f.fsys.copy()
		j, _ := openSmall(t, crashed)
		after := crashed.crash(seeded(seed))
		require.NoError(t, j.Close())
		requireTruth(t, after, f.records, f.records)
	}
	j, _ := openSmall(t, f.fsys)
	require.NoError(t, j.Close())
	dropped := newTestKeys()
	dropped.outer = "b"
	f.fsys.keys = KeysOf(dropped)
	recovery := requireTruth(t, f.fsys, f.records, f.records)
	require.Empty(t, recovery.Damages)
}

func TestWithoutTheKeyTheFramingIsExplained(t *testing.T) {
	dir, keys := t.TempDir(), KeysOf(newTestKeys())
	opts := roomy(keys)
	opts.SegmentBytes = 400
	j, _, err := Open(dir, opts)
	require.NoError(t, err)
	all := appendMany(t, j, 12)
	require.NoError(t, j.Close())
	was := folder(t, dir)
	with, err := Inspect(dir, keys)
	require.NoError(t, err)
	without, err := Inspect(dir, nil)
	require.NoError(t, err)
	require.Equal(t, with, without)
	require.EqualValues(t, 12, without.SealedRecords)
	require.True(t, without.Segments[0].Sealed)
	n := 0
	for record, err := range Records(dir, nil) {
		require.NoError(t, err)
		require.True(t, record.Sealed)
		require.Nil(t, record.Data)
		require.Equal(t, all[n].end, record.End)
		n++
	}
	require.Equal(t, 12, n)
	records, _ := collectRecords(t, dir, keys)
	require.Equal(t, all, records)

	other := newTestKeys()
	other.outer = "b"
	_, err = Inspect(dir, KeysOf(other))
	require.ErrorIs(t, err, errOtherKey)
	require.Equal(t, was, folder(t, dir))
}

func TestAJournalThatCanNotSealDoesNotOpen(t *testing.T) {
	keys := newTestKeys()
	keys.fail(errors.New("no answer"))
	requireRefused(t, newMemoryFS(), KeysOf(keys), "can't make a data key: no answer")
}

// A key management service is away for a time.
func TestWritingGoesOnWithoutNewKeysForASegment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys := newTestKeys()
		fsys := sealedFS(KeysOf(keys))
		j, _ := openSmall(t, fsys)
		appendDurably(t, j, "the first segment")
		synctest.Wait()
		keys.fail(errors.New("no answer"))
		var all []written
		var failed error
		for len(all) < 100 && failed == nil {
			end, err := j.Append(t.Context(), []byte("what else"))
			require.NoError(t, err)
			if failed = j.Wait(t.Context(), end); failed == nil {
				all = append(all, written{"what else", startOf(j, end, "what else"), end})
			}
		}
		require.Len(t, fsys.segmentNames(), 2, "the next key was there")
		require.ErrorIs(t, failed, ErrFailed)
		require.ErrorContains(t, failed, "append it again once the keys can be had")
		time.Sleep(time.Hour)
		_, err := j.Append(t.Context(), nil)
		require.ErrorContains(t, err, "no answer")
		keys.fail(nil)
		time.Sleep(lastBackoff)
		synctest.Wait()
		all = append(all, appendDurably(t, j, "again"))
		require.NoError(t, j.Close())
		j, _ = openSmall(t, fsys)
		records, damages := readAll(t, j, 0)
		require.Empty(t, damages)
		require.Equal(t, all, records[1:])
		require.NoError(t, j.Close())
	})
}

// TestPowerCutAtEveryStep cuts the power before each operation of a journal
// that begins, rolls and trims segments.
func TestPowerCutAtEveryStep(t *testing.T) { bothWays(t, testPowerCutAtEveryStep) }

func testPowerCutAtEveryStep(t *testing.T, keys Keys) {
	for step, done := 0, false; !done; step++ {
		fsys := sealedFS(keys)
		var crashed []*memoryFS
		operations := 0
		fsys.fault = func(_, _ string, size int) (int, error) {
			if operations == step {
				fsys.mu.Unlock()
				for seed := range uint64(3) {
					crashed = append(crashed, fsys.crash(seeded(seed)))
				}
				fsys.mu.Lock()
			}
			operations++
			return size, nil
		}
		appended, acknowledged := stepThrough(t, fsys, func() bool { return crashed == nil })
		done = crashed == nil
		for _, left := range crashed {
			recovery := requireTruth(t, left, appended, acknowledged)
			require.Empty(t, recovery.Damages, "step %d", step)
		}
	}
}

// stepThrough uses a journal over two starts, and returns the records that were
// acknowledged while the power was on and were not trimmed.
func stepThrough(t *testing.T, fsys *memoryFS, powered func() bool) (appended, acknowledged []written) {
	t.Helper()
	for range 2 {
		j, _ := openSmall(t, fsys)
		for i := range 8 {
			record := appendDurably(t, j, fmt.Sprintf("a record %d of some size", i))
			appended = append(appended, record)
			if powered() {
				acknowledged = append(acknowledged, record)
			}
		}
		if powered() {
			acknowledged = nil // what is trimmed now, or may be in a moment
		}
		require.NoError(t, j.Trim(j.Durable()-1))
		require.NoError(t, j.Close())
	}
	return appended, acknowledged
}
