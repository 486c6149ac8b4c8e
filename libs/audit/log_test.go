package audit

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/sluice-ingest/sluice/libs/audit/chain"
	"github.com/sluice-ingest/sluice/libs/problem"
)

func configFor(t *testing.T) Config {
	t.Helper()
	cfg := DefaultConfig()
	cfg.File = filepath.Join(t.TempDir(), "audit.jsonl")
	return cfg
}

func open(t *testing.T, cfg Config, fs fileSystem) (*Log, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	l, err := Open(cfg, Options{Service: "test", Logger: zap.New(core), Registerer: prometheus.NewRegistry(), fs: fs})
	require.NoError(t, err)
	return l, logs
}

// readAll verifies all files of the log and returns its events.
func readAll(t *testing.T, path string, heads ...chain.Hash) []Event {
	t.Helper()
	files, err := archives(path)
	require.NoError(t, err)
	var sources []chain.Source
	for _, name := range append(files, path) {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		sources = append(sources, chain.Source{Name: name, Reader: bytes.NewReader(data)})
	}
	var events []Event
	_, err = chain.Verify(chain.Options{Heads: heads, Each: func(e Event) error { events = append(events, e); return nil }}, sources...)
	require.NoError(t, err)
	return events
}

func done(i int) Event {
	return Event{Action: "file.delete", Outcome: chain.OK, Counts: map[string]int64{"n": int64(i)}}
}

// headsIn are the hashes that the service has logged.
func headsIn(t *testing.T, logs *observer.ObservedLogs) []chain.Hash {
	t.Helper()
	var heads []chain.Hash
	for _, line := range logs.All() {
		if text, ok := line.ContextMap()["head_hash"].(string); ok {
			head, err := chain.ParseHash(text)
			require.NoError(t, err)
			heads = append(heads, head)
		}
	}
	return heads
}

func TestTheChainGoesOnOverRestarts(t *testing.T) {
	cfg := configFor(t)
	var heads []chain.Hash
	for i := range 3 {
		l, logs := open(t, cfg, nil)
		l.Record(done(2 * i))
		l.Record(done(2*i + 1))
		require.NoError(t, l.Close())
		heads = append(heads, headsIn(t, logs)...)
	}
	require.Len(t, heads, 6, "one at each start and end")
	events := readAll(t, cfg.File, heads...)
	require.Len(t, events, 6)
	for i, e := range events {
		require.EqualValues(t, i+1, e.Sequence)
		require.EqualValues(t, i, e.Counts["n"])
		require.Equal(t, "test", e.Service)
		require.WithinDuration(t, time.Now(), e.Time, time.Minute)
		require.Equal(t, time.UTC, e.Time.Location())
	}
	info, err := os.Stat(cfg.File)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestEventsOfManyCallersAreAllThere(t *testing.T) {
	cfg := configFor(t)
	l, _ := open(t, cfg, nil)
	const callers, each = 16, 1000 // More than wait at once.
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				l.Record(done(c*each + i))
			}
		})
	}
	wg.Wait()
	require.NoError(t, l.Close())
	seen := make(map[int64]bool)
	for _, e := range readAll(t, cfg.File) {
		seen[e.Counts["n"]] = true
	}
	require.Len(t, seen, callers*each)
}

// A crash leaves any beginning of what was written last.
func TestACrashAtEveryByteOfTheLastWrite(t *testing.T) {
	cfg := configFor(t)
	l, _ := open(t, cfg, nil)
	l.Record(done(0))
	l.Record(done(1))
	require.NoError(t, l.Close())
	whole, err := os.ReadFile(cfg.File)
	require.NoError(t, err)
	first := 1 + bytes.IndexByte(whole, '\n')

	for size := range whole {
		require.NoError(t, os.WriteFile(cfg.File, whole[:size], 0o600))
		l, _ := open(t, cfg, nil)
		l.Record(done(2))
		require.NoError(t, l.Close())
		events := readAll(t, cfg.File)
		var actions []string
		for _, e := range events {
			actions = append(actions, e.Action)
		}
		kept := strings.Count(string(whole[:size]), "\n")
		want := slices.Repeat([]string{"file.delete"}, kept)
		if torn := size - kept*first; torn > 0 {
			want = append(want, ActionTorn)
			require.EqualValues(t, torn, events[kept].Counts["bytes"])
		}
		require.Equal(t, append(want, "file.delete"), actions, "cut to %d bytes", size)
	}
}

func TestAnEndThatDoesNotHoldIsNotContinued(t *testing.T) {
	cfg := configFor(t)
	l, _ := open(t, cfg, nil)
	l.Record(done(0))
	require.NoError(t, l.Close())
	whole, err := os.ReadFile(cfg.File)
	require.NoError(t, err)
	for _, content := range []string{strings.Replace(string(whole), "delete", "update", 1), "hello\n", string(whole) + "\n"} {
		require.NoError(t, os.WriteFile(cfg.File, []byte(content), 0o600))
		_, err := Open(cfg, Options{Service: "test", Logger: zap.NewNop(), Registerer: prometheus.NewRegistry()})
		require.ErrorContains(t, err, "can't be continued")
		require.ErrorContains(t, err, "sluice audit verify")
	}
}

func TestASecondWriterIsKeptOut(t *testing.T) {
	cfg := configFor(t)
	l, _ := open(t, cfg, nil)
	_, err := Open(cfg, Options{Service: "test", Logger: zap.NewNop(), Registerer: prometheus.NewRegistry()})
	require.ErrorContains(t, err, "written by another process")
	require.NoError(t, l.Close())
	again, _ := open(t, cfg, nil)
	require.NoError(t, again.Close())
}

func TestNoFileIsNoLog(t *testing.T) {
	l, err := Open(DefaultConfig(), Options{})
	require.NoError(t, err)
	require.Nil(t, l)
	l.Record(done(0))
	require.NoError(t, l.Err())
	require.False(t, l.RecordsReads())
	require.NoError(t, l.Close())
}

func TestFullFilesArePutAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := configFor(t)
		cfg.MaxSize, cfg.Keep = chainMinimum, 3
		l, logs := open(t, cfg, nil)
		const n = 3000
		for i := range n {
			l.Record(done(i))
			if i%100 == 99 {
				<-time.After(interval)
			}
		}
		require.NoError(t, l.Close())
		files, err := archives(cfg.File)
		require.NoError(t, err)
		require.Len(t, files, 3, "older ones are removed")

		heads := headsIn(t, logs)
		events := readAll(t, cfg.File, heads[len(heads)-4:]...)
		require.EqualValues(t, n, events[len(events)-1].Sequence)
		require.Equal(t, archiveOf(cfg.File, events[0].Sequence), files[0])
		require.Greater(t, events[0].Sequence, int64(1))
	})
}

func TestAFileThatCannotBePutAsideGrowsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := &faulty{rename: syscall.EACCES}
		cfg := configFor(t)
		cfg.MaxSize = chainMinimum
		l, logs := open(t, cfg, fs)
		const n = 500
		for i := range n {
			l.Record(done(i))
		}
		<-time.After(3 * interval)
		require.NotZero(t, logs.FilterMessageSnippet("could not be put aside").Len())
		require.NoError(t, l.Err())
		fs.mu.Lock()
		fs.rename = nil
		fs.mu.Unlock()
		<-time.After(2 * interval)
		files, err := archives(cfg.File)
		require.NoError(t, err)
		require.Len(t, files, 1)
		require.NoError(t, l.Close())
		require.Len(t, readAll(t, cfg.File), n)
	})
}

func TestACrashBetweenTwoFiles(t *testing.T) {
	cfg := configFor(t)
	l, _ := open(t, cfg, nil)
	l.Record(done(0))
	require.NoError(t, l.Close())
	require.NoError(t, os.Rename(cfg.File, archiveOf(cfg.File, 1)))
	for _, left := range []string{"", `{"version":1`} {
		require.NoError(t, os.WriteFile(cfg.File, []byte(left), 0o600))
		l, _ := open(t, cfg, nil)
		require.NoError(t, l.Close())
		for i, e := range readAll(t, cfg.File) {
			require.EqualValues(t, i+1, e.Sequence)
		}
	}
}

func TestAFloodIsFolded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := configFor(t)
		l, _ := open(t, cfg, nil)
		const seconds, rate = 60, 1000
		for range seconds {
			for i := range rate {
				l.Record(Event{
					Action: "file.get", Outcome: chain.Refused, Reason: "CREDENTIALS_INVALID",
					Peer: fmt.Sprintf("192.0.2.7:%d", 1024+i), RequestID: fmt.Sprint(i),
				})
			}
			<-time.After(time.Second)
		}
		require.NoError(t, l.Close())
		events := readAll(t, cfg.File)
		require.Less(t, len(events), 25)
		var total int64
		for _, e := range events {
			total += max(1, e.Repeats)
			require.Equal(t, "CREDENTIALS_INVALID", e.Reason)
		}
		require.EqualValues(t, seconds*rate, total, "none is lost silently")
		require.InDelta(t, seconds*rate, testutil.ToFloat64(l.metrics.events), 0)
	})
}

func TestAFloodFromEverywhereIsFoldedToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := configFor(t)
		l, _ := open(t, cfg, nil)
		const hosts = 50_000
		for i := range hosts {
			l.Record(Event{
				Action: "file.get", Outcome: chain.Refused, Reason: "CREDENTIALS_MISSING",
				Peer: fmt.Sprintf("[2001:db8:%x:%x::1]:50000", i>>16, i&0xffff),
			})
		}
		require.NoError(t, l.Close())
		var total int64
		events := readAll(t, cfg.File)
		for _, e := range events {
			total += max(1, e.Repeats)
		}
		require.EqualValues(t, hosts, total)
		require.LessOrEqual(t, len(events), maxKinds+2*singles)
	})
}

func TestWhatWasDoneIsNeverFolded(t *testing.T) {
	cfg := configFor(t)
	l, _ := open(t, cfg, nil)
	for i := range 100 {
		l.Record(done(i))
	}
	require.NoError(t, l.Close())
	require.Len(t, readAll(t, cfg.File), 100)
}

func TestAFloodThatEndsIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := open(t, configFor(t), nil)
		refused := Event{Action: "file.get", Outcome: chain.Refused, Reason: "PERMISSION_DENIED", Tenant: "acme"}
		for range singles + 1 {
			l.Record(refused)
		}
		<-time.After(foldSpan + foldReport + 2*interval)
		refused.RequestID = "later"
		l.Record(refused)
		require.NoError(t, l.Close())
		events := readAll(t, l.cfg.File)
		require.Len(t, events, singles+2)
		require.EqualValues(t, 1, events[singles].Repeats)
		require.Equal(t, "later", events[singles+1].RequestID)
	})
}

func TestHosts(t *testing.T) {
	for peer, want := range map[string]string{
		"192.0.2.1:50123": "192.0.2.1", "[::ffff:192.0.2.1]:1": "192.0.2.1",
		"[2001:db8::1:2:3:4]:1": "2001:db8::/64", "[fe80::1%eth0]:1": "fe80::/64", "bufconn": "bufconn", "": "",
	} {
		require.Equal(t, want, hostOf(peer), peer)
	}
}

func TestLongTextsAreCut(t *testing.T) {
	cfg := configFor(t)
	l, _ := open(t, cfg, nil)
	long := strings.Repeat("\x01", 1<<20)
	l.Record(Event{
		Action: long, Outcome: chain.OK, Reason: long, Tenant: long, Subject: long, Credential: long,
		Peer: long, Method: long, RequestID: long, Resource: map[string]string{"detail": long},
	})
	require.NoError(t, l.Close())
	require.Len(t, readAll(t, cfg.File), 1)
}

func TestAnotherHandOnTheFile(t *testing.T) {
	for name, disturb := range map[string]func(path string) error{
		"removed": os.Remove,
		"moved":   func(path string) error { return os.Rename(path, path+".elsewhere") },
		"emptied": func(path string) error { return os.Truncate(path, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := configFor(t)
				l, logs := open(t, cfg, nil)
				l.Record(done(0))
				<-time.After(2 * interval)
				require.NoError(t, disturb(cfg.File))
				<-time.After(2 * interval)
				l.Record(done(1))
				require.NoError(t, l.Close())
				events := readAll(t, cfg.File)
				require.Len(t, events, 2)
				require.Equal(t, ActionDisturbed, events[0].Action)
				require.EqualValues(t, 2, events[0].Sequence, "the chain goes on")
				require.Len(t, logs.FilterMessageSnippet("another hand").All(), 1)
			})
		})
	}
}

// faulty fails what it is told to, after it has written a part.
type faulty struct {
	disk

	mu                  sync.Mutex
	write, sync, rename error
}

func (f *faulty) Rename(from, to string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rename != nil {
		return f.rename
	}
	return f.disk.Rename(from, to)
}

func (f *faulty) fail(writing, syncing error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.write, f.sync = writing, syncing
}

func (f *faulty) Open(path string) (file, error) {
	opened, err := f.disk.Open(path)
	return &faultyFile{opened, f}, err
}

func (f *faulty) Same(file file, path string) (bool, error) {
	return f.disk.Same(file.(*faultyFile).file, path)
}

type faultyFile struct {
	file

	fs *faulty
}

func (f *faultyFile) WriteAt(data []byte, at int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.fs.write != nil {
		n, _ := f.file.WriteAt(data[:len(data)/2], at)
		return n, f.fs.write
	}
	return f.file.WriteAt(data, at)
}

func (f *faultyFile) Sync() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	return errors.Join(f.fs.sync, f.file.Sync())
}

func TestADiskThatRecovers(t *testing.T) {
	tests := map[string]struct{ write, sync error }{
		"writes fail":        {syscall.ENOSPC, nil},
		"syncs fail":         {nil, syscall.EIO},
		"everything crashes": {syscall.EIO, syscall.EIO},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fs := &faulty{}
				cfg := configFor(t)
				l, logs := open(t, cfg, fs)
				l.Record(done(0))
				<-time.After(2 * interval)
				fs.fail(test.write, test.sync)
				for i := 1; i < 10; i++ {
					l.Record(done(i))
					<-time.After(interval / 2)
				}
				require.Len(t, logs.FilterMessageSnippet("can't be written").All(), 1, "the log says so once")
				require.InDelta(t, 1, testutil.ToFloat64(l.metrics.failing), 0)
				require.NoError(t, l.Err(), "it is not required")
				fs.fail(nil, nil)
				<-time.After(2 * interval)
				require.InDelta(t, 0, testutil.ToFloat64(l.metrics.failing), 0)
				l.Record(done(10))
				require.NoError(t, l.Close())
				events := readAll(t, cfg.File)
				require.Len(t, events, 11)
				for i, e := range events {
					require.EqualValues(t, i, e.Counts["n"])
				}
			})
		})
	}
}

func TestWhatHasNoRoomIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := &faulty{}
		cfg := configFor(t)
		l, _ := open(t, cfg, fs)
		fs.fail(syscall.ENOSPC, nil)
		l.Record(done(0))
		<-time.After(2 * interval)
		const n = capacity + 100
		for i := range n {
			l.Record(done(i + 1))
		}
		require.InDelta(t, 100, testutil.ToFloat64(l.metrics.lost), 0)
		fs.fail(nil, nil)
		<-time.After(2 * interval)
		require.NoError(t, l.Close())
		events := readAll(t, cfg.File)
		require.Len(t, events, 1+capacity+1)
		last := events[len(events)-1]
		require.Equal(t, ActionLost, last.Action)
		require.EqualValues(t, 100, last.Counts["events"])
	})
}

func TestARequiredLogRefusesAndWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := &faulty{}
		cfg := configFor(t)
		cfg.Required = true
		l, _ := open(t, cfg, fs)
		require.NoError(t, l.Err())
		fs.fail(nil, syscall.EIO)
		const n = capacity + 100
		recorded := make(chan int, 1)
		go func() {
			l.Record(done(0))
			<-time.After(2 * interval)
			for i := range n - 1 {
				l.Record(done(i + 1))
			}
			recorded <- n
		}()
		<-time.After(10 * interval)
		require.Equal(t, problem.StorageFailed, problem.ReasonOf(l.Err()))
		require.Empty(t, recorded, "callers wait for room")
		fs.fail(nil, nil)
		require.Equal(t, n, <-recorded)
		<-time.After(interval)
		require.NoError(t, l.Err())
		require.NoError(t, l.Close())
		require.Len(t, readAll(t, cfg.File), n)
	})
}

func TestCloseTellsWhatWasNotWritten(t *testing.T) {
	fs := &faulty{}
	for _, required := range []bool{false, true} {
		cfg := configFor(t)
		cfg.Required = required
		fs.fail(nil, nil)
		l, logs := open(t, cfg, fs)
		fs.fail(syscall.ENOSPC, syscall.ENOSPC)
		l.Record(done(0))
		require.ErrorIs(t, l.Close(), syscall.ENOSPC)
		require.Len(t, logs.FilterMessageSnippet("could not be written").All(), 1)
	}
}

func TestConfigIsChecked(t *testing.T) {
	require.NoError(t, DefaultConfig().Validate())
	cfg := Config{MaxSize: 1, Required: true}
	for _, key := range []string{"audit.max_size", "audit.keep", "audit.required"} {
		require.ErrorContains(t, cfg.Validate(), key)
	}
}
