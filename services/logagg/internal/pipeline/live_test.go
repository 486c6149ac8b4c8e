package pipeline_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline"
)

// liveTest is a rules file that is watched, on a clock of its own.
type liveTest struct {
	path string
	live *pipeline.Live
	told []error
}

const (
	oneRule  = "filter: [{name: one, when: 'true', action: drop}]"
	twoRules = "filter: [{name: one, when: 'true', action: drop}, {name: two, when: 'true', action: drop}]"
)

func withLive(t *testing.T, path func(folder string) string, test func(t *testing.T, l *liveTest)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &liveTest{path: path(t.TempDir())}
		live, err := pipeline.NewLive(l.path)
		require.NoError(t, err)
		l.live = live
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			live.Watch(ctx, time.Second, func(_ []byte, err error) { l.told = append(l.told, err) })
		}()
		test(t, l)
		stop()
		<-ended
	})
}

func plainFile(t *testing.T) func(string) string {
	return func(folder string) string {
		path := filepath.Join(folder, "rules.yaml")
		require.NoError(t, os.WriteFile(path, []byte(oneRule), 0o600))
		return path
	}
}

func (l *liveTest) filters() int {
	n := 0
	for _, rule := range l.live.Current().Rules() {
		if rule.Name == "one" || rule.Name == "two" {
			n++
		}
	}
	return n
}

// settle lets the watcher look at the file.
func settle() {
	time.Sleep(time.Second)
	synctest.Wait()
}

func TestChangedRulesHoldWithinAnInterval(t *testing.T) {
	changes := map[string]func(path string) error{
		"in place": func(path string) error { return os.WriteFile(path, []byte(twoRules), 0o600) },
		"by rename": func(path string) error {
			if err := os.WriteFile(path+".new", []byte(twoRules), 0o600); err != nil {
				return err
			}
			return os.Rename(path+".new", path)
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			withLive(t, plainFile(t), func(t *testing.T, l *liveTest) {
				before := l.live.Current()
				settle()
				require.Same(t, before, l.live.Current())
				require.NoError(t, change(l.path))
				settle()
				require.Equal(t, 2, l.filters())
				require.Equal(t, []error{nil}, l.told)
			})
		})
	}
}

// Kubernetes mounts a file as a link through a folder's link, which it turns.
func TestRulesBehindLinksAreReloaded(t *testing.T) {
	var folder string
	mount := func(dir string) string {
		folder = dir
		for version, source := range map[string]string{"v1": oneRule, "v2": twoRules} {
			require.NoError(t, os.Mkdir(filepath.Join(dir, version), 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(dir, version, "rules.yaml"), []byte(source), 0o600))
		}
		require.NoError(t, os.Symlink("v1", filepath.Join(dir, "data")))
		path := filepath.Join(dir, "rules.yaml")
		require.NoError(t, os.Symlink("data/rules.yaml", path))
		return path
	}
	withLive(t, mount, func(t *testing.T, l *liveTest) {
		require.Equal(t, 1, l.filters())
		require.NoError(t, os.Symlink("v2", filepath.Join(folder, "data.new")))
		require.NoError(t, os.Rename(filepath.Join(folder, "data.new"), filepath.Join(folder, "data")))
		settle()
		require.Equal(t, 2, l.filters())
	})
}

func TestBrokenFileKeepsTheRulesAndIsToldOnce(t *testing.T) {
	tests := map[string]struct {
		breakFile func(path string) error
		want      string
	}{
		"not valid": {func(path string) error { return os.WriteFile(path, []byte("filter: x"), 0o600) }, "rules.yaml: line 1: filter: has to be a list"},
		"gone":      {os.Remove, "open rules file"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			withLive(t, plainFile(t), func(t *testing.T, l *liveTest) {
				require.NoError(t, test.breakFile(l.path))
				for range 3 {
					settle()
					require.Equal(t, 1, l.filters())
				}
				require.Len(t, l.told, 1)
				require.ErrorContains(t, l.told[0], test.want)

				require.NoError(t, os.WriteFile(l.path, []byte(twoRules), 0o600))
				settle()
				require.Equal(t, 2, l.filters(), "the mended file holds")
				require.NoError(t, l.told[1])
			})
		})
	}
}

func TestUnchangedContentIsNotTakenOver(t *testing.T) {
	withLive(t, plainFile(t), func(t *testing.T, l *liveTest) {
		before := l.live.Current()
		for range 3 {
			require.NoError(t, os.WriteFile(l.path, []byte(oneRule), 0o600))
			settle()
		}
		require.Same(t, before, l.live.Current())
		require.Empty(t, l.told)
	})
}

// A change of the same size within the clock's grain leaves the state of the
// file as it was.
func TestChangeThatTheFileSystemDoesNotShowIsSeen(t *testing.T) {
	withLive(t, plainFile(t), func(t *testing.T, l *liveTest) {
		info, err := os.Stat(l.path)
		require.NoError(t, err)
		other := []byte(oneRule)
		copy(other[len("filter: [{name: "):], "two")
		require.NoError(t, os.WriteFile(l.path, other, 0o600))
		require.NoError(t, os.Chtimes(l.path, info.ModTime(), info.ModTime()))
		settle()
		require.Equal(t, "two", l.live.Current().Rules()[2].Name)
	})
}

func TestLiveWithoutAFileIsTheDefault(t *testing.T) {
	withLive(t, func(string) string { return "" }, func(t *testing.T, l *liveTest) {
		settle()
		require.Equal(t, pipeline.Default().Rules(), l.live.Current().Rules())
		require.Empty(t, l.told)
	})
}

func TestLiveRefusesAMissingAndABrokenFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	_, err := pipeline.NewLive(path)
	require.ErrorContains(t, err, path)
	require.NoError(t, os.WriteFile(path, []byte("filter: x"), 0o600))
	_, err = pipeline.NewLive(path)
	require.ErrorContains(t, err, path+": line 1: filter")
}

func TestAnEmptyFileKeepsTheRules(t *testing.T) {
	withLive(t, plainFile(t), func(t *testing.T, l *liveTest) {
		for _, empty := range []string{"", "\n", "# what was here\n"} {
			require.NoError(t, os.WriteFile(l.path, []byte(empty), 0o600))
			settle()
			require.Equal(t, 1, l.filters())
			require.ErrorContains(t, l.told[len(l.told)-1], "the file is empty")
		}
		require.NoError(t, os.WriteFile(l.path, []byte("redact: {}"), 0o600))
		settle()
		require.Zero(t, l.filters())
		require.NoError(t, l.told[len(l.told)-1])
	})
	path := filepath.Join(t.TempDir(), "rules.yaml")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	_, err := pipeline.NewLive(path)
	require.ErrorContains(t, err, "the file is empty")
}
