package trustfile_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/trustfile"
)

func TestWatchSeesEveryKindOfChange(t *testing.T) {
	tests := []struct {
		name   string
		change func(path string) error
	}{
		{"written in place", func(path string) error { return os.WriteFile(path, []byte("longer"), 0o600) }},
		{"touched", func(path string) error { return os.Chtimes(path, time.Time{}, time.Unix(1, 0)) }},
		{"another mode", func(path string) error { return os.Chmod(path, 0o640) }},
		{"replaced by one of the same size and time", func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			if err := os.WriteFile(path+".new", []byte("two"), 0o600); err != nil {
				return err
			}
			if err := os.Chtimes(path+".new", time.Time{}, info.ModTime()); err != nil {
				return err
			}
			return os.Rename(path+".new", path)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			first, second := filepath.Join(folder, "a"), filepath.Join(folder, "b")
			for _, path := range []string{first, second} {
				require.NoError(t, os.WriteFile(path, []byte("one"), 0o600))
			}
			watch, err := trustfile.NewWatch(first, second)
			require.NoError(t, err)
			requireChanged(t, watch, false)
			for _, path := range []string{first, second} {
				require.NoError(t, test.change(path))
				requireChanged(t, watch, true)
				requireChanged(t, watch, false)
			}
		})
	}
}

func requireChanged(t *testing.T, watch *trustfile.Watch, want bool) {
	t.Helper()
	changed, err := watch.Changed()
	require.NoError(t, err)
	require.Equal(t, want, changed)
}

func TestFileThatIsGoneOrEmptyIsAnErrorOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	require.NoError(t, os.WriteFile(path, []byte("one"), 0o600))
	watch, err := trustfile.NewWatch(path)
	require.NoError(t, err)
	for _, spoil := range []func(string) error{os.Remove, func(path string) error { return os.WriteFile(path, nil, 0o600) }} {
		require.NoError(t, spoil(path))
		changed, err := watch.Changed()
		require.ErrorContains(t, err, path)
		require.False(t, changed)
		requireChanged(t, watch, false)
		require.NoError(t, os.WriteFile(path, []byte("another"), 0o600))
		requireChanged(t, watch, true)
	}
	_, err = trustfile.NewWatch(path + ".missing")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestReadRefusesWhatIsTooLargeOrWritable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	require.NoError(t, os.WriteFile(path, []byte("one"), 0o600))
	data, err := trustfile.Read(path)
	require.NoError(t, err)
	require.Equal(t, "one", string(data))
	require.NoError(t, os.Chmod(path, 0o620))
	_, err = trustfile.Read(path)
	require.ErrorContains(t, err, "chmod go-w")
	require.NoError(t, os.Chmod(path, 0o600))
	require.NoError(t, os.Truncate(path, 16<<20+1))
	_, err = trustfile.Read(path)
	require.ErrorContains(t, err, "more than 16 MiB")
}

func TestASecretIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(path, []byte("text"), 0o600))
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o644} {
		require.NoError(t, os.Chmod(path, mode))
		_, err := trustfile.ReadSecret(path)
		require.ErrorContains(t, err, "others may read or write it; run chmod 600 on it")
	}
	for _, mode := range []os.FileMode{0o600, 0o400} {
		require.NoError(t, os.Chmod(path, mode))
		data, err := trustfile.ReadSecret(path)
		require.NoError(t, err)
		require.Equal(t, "text", string(data))
	}
}
