package seal_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/seal"
)

func TestAKeysetIsPrivateAndMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.json")
	made, err := seal.CreateKeyset(path)
	require.NoError(t, err)
	require.True(t, made.Primary)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode())
	before, err := os.ReadFile(path)
	require.NoError(t, err)

	_, err = seal.CreateKeyset(path)
	require.ErrorIs(t, err, fs.ErrExist)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, after)
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "no draft stays")
}

func TestAChangedKeysetKeepsItsOwnerAndMode(t *testing.T) {
	path := newKeyset(t)
	keys, err := seal.ShowKeyset(path)
	require.NoError(t, err)
	require.NoError(t, os.Chmod(path, 0o400))
	uid, gid := os.Getuid(), os.Getgid()
	if uid == 0 { // Only root gives files away.
		uid, gid = 1234, 2345
		require.NoError(t, os.Chown(path, uid, gid))
	}
	_, err = seal.RotateKeyset(path)
	require.NoError(t, err)
	require.NoError(t, seal.DropKey(path, keys[0].ID))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o400), info.Mode())
	stat := info.Sys().(*syscall.Stat_t)
	require.Equal(t, []int{uid, gid}, []int{int(stat.Uid), int(stat.Gid)})
}

func TestAKeysetThatOthersReadIsRefused(t *testing.T) {
	path := newKeyset(t)
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o620, 0o602} {
		require.NoError(t, os.Chmod(path, mode))
		_, err := seal.Open(t.Context(), seal.Config{Key: "file:" + path}, nil)
		require.ErrorContains(t, err, "chmod 600")
		_, err = seal.RotateKeyset(path)
		require.ErrorContains(t, err, "chmod 600")
	}
}

func TestADamagedKeysetIsRefusedWithoutQuotingIt(t *testing.T) {
	path := newKeyset(t)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for name, content := range map[string]string{
		"empty":     "",
		"cut short": string(text[:len(text)/2]),
		"no keyset": `{"secret":"hush"}`,
		"no JSON":   "hush",
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
			_, err := seal.Open(t.Context(), seal.Config{Key: path}, nil)
			require.ErrorContains(t, err, "restore it")
			require.NotContains(t, err.Error(), "hush")
		})
	}
}

func TestAMissingKeysetSaysHowToMakeOne(t *testing.T) {
	_, err := seal.Open(t.Context(), seal.Config{Key: filepath.Join(t.TempDir(), "none")}, nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "create-key")
	_, err = seal.Open(t.Context(), seal.Config{Key: t.TempDir()}, nil)
	require.ErrorContains(t, err, "no regular file")
}

func TestRotationsAtOnceLoseNoKey(t *testing.T) {
	path := newKeyset(t)
	errs := make([]error, 8)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { _, errs[i] = seal.RotateKeyset(path) })
	}
	group.Wait()
	require.NoError(t, errors.Join(errs...))
	keys, err := seal.ShowKeyset(path)
	require.NoError(t, err)
	require.Len(t, keys, 9)
	primaries := 0
	for _, key := range keys {
		require.True(t, key.Enabled)
		if key.Primary {
			primaries++
		}
	}
	require.Equal(t, 1, primaries)
}

func TestAnUnknownKeyIsNotDropped(t *testing.T) {
	path := newKeyset(t)
	keys, err := seal.ShowKeyset(path)
	require.NoError(t, err)
	require.ErrorContains(t, seal.DropKey(path, keys[0].ID+1), "not found")
}
