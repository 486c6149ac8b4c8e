package seal_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/seal"
)

func TestADataKeyIsUnwrappedForItsObjectOnly(t *testing.T) {
	keys := openKeys(t, newKeyset(t))
	key, wrapped := newDataKey(t, keys, "file/a")
	sealed := key.Seal(nil, []byte("text"), nil)

	again, err := keys.Unwrap(t.Context(), wrapped, "file/a")
	require.NoError(t, err)
	opened, err := again.Open(nil, sealed, nil)
	require.NoError(t, err)
	require.Equal(t, "text", string(opened))

	_, err = keys.Unwrap(t.Context(), wrapped, "file/b")
	require.ErrorIs(t, err, seal.ErrDamaged)
	require.NotErrorIs(t, err, seal.ErrWrongKey)
}

func TestEveryObjectHasAKeyOfItsOwn(t *testing.T) {
	keys := openKeys(t, newKeyset(t))
	one, _ := newDataKey(t, keys, "file/a")
	other, _ := newDataKey(t, keys, "file/a")
	_, err := other.Open(nil, one.Seal(nil, []byte("text"), nil), nil)
	require.ErrorIs(t, err, seal.ErrDamaged)
}

func TestAnotherKeysetIsAWrongKey(t *testing.T) {
	_, wrapped := newDataKey(t, openKeys(t, newKeyset(t)), "file/a")
	other := newKeyset(t)
	_, err := openKeys(t, other).Unwrap(t.Context(), wrapped, "file/a")
	require.ErrorIs(t, err, seal.ErrWrongKey)
	require.ErrorContains(t, err, other)
	require.ErrorContains(t, err, "give the key that it was written with")
}

func TestAnAlteredWrappedKeyDoesNotUnwrap(t *testing.T) {
	keys := openKeys(t, newKeyset(t))
	_, wrapped := newDataKey(t, keys, "file/a")
	for i := range wrapped {
		altered := bytes.Clone(wrapped)
		altered[i] ^= 1
		for _, bad := range [][]byte{altered, wrapped[:i]} {
			_, err := keys.Unwrap(t.Context(), bad, "file/a")
			require.Error(t, err)
			require.True(t, errors.Is(err, seal.ErrDamaged) || errors.Is(err, seal.ErrWrongKey), "%d: %v", i, err)
		}
	}
}

func TestRotationKeepsWhatWasWrapped(t *testing.T) {
	path := newKeyset(t)
	keys := openKeys(t, path)
	key, old := newDataKey(t, keys, "file/a")
	sealed := key.Seal(nil, []byte("text"), nil)
	require.True(t, keys.Current(old))
	before, err := seal.ShowKeyset(path)
	require.NoError(t, err)

	added, err := seal.RotateKeyset(path)
	require.NoError(t, err)
	keys = openKeys(t, path)
	require.False(t, keys.Current(old))
	rewrapped, err := keys.Rewrap(t.Context(), old, "file/a")
	require.NoError(t, err)
	require.True(t, keys.Current(rewrapped))
	_, err = keys.Rewrap(t.Context(), old, "file/b")
	require.ErrorIs(t, err, seal.ErrDamaged)
	require.ErrorContains(t, seal.DropKey(path, added.ID), "primary")

	require.NoError(t, seal.DropKey(path, before[0].ID))
	keys = openKeys(t, path)
	_, err = keys.Unwrap(t.Context(), old, "file/a")
	require.ErrorIs(t, err, seal.ErrWrongKey)
	again, err := keys.Unwrap(t.Context(), rewrapped, "file/a")
	require.NoError(t, err)
	opened, err := again.Open(nil, sealed, nil)
	require.NoError(t, err)
	require.Equal(t, "text", string(opened))
}

// kms is an outer key that fails or returns what it is told.
type kms struct {
	ciphertext []byte
	err        error
}

func (k kms) EncryptWithContext(context.Context, []byte, []byte) ([]byte, error) {
	return k.ciphertext, k.err
}

func (k kms) DecryptWithContext(context.Context, []byte, []byte) ([]byte, error) {
	return k.ciphertext, k.err
}

func TestAKMSThatDoesNotAnswerIsNoWrongKey(t *testing.T) {
	down := errors.New("connection refused")
	keys := seal.NewKeys(kms{err: down}, "hcvault://kms/transit/keys/sluice")
	_, _, err := keys.New(t.Context(), "file/a")
	require.ErrorIs(t, err, down)
	_, err = keys.Unwrap(t.Context(), []byte{1, 2, 3}, "file/a")
	require.ErrorIs(t, err, down)
	require.NotErrorIs(t, err, seal.ErrWrongKey)
	require.ErrorContains(t, err, "hcvault://kms/transit/keys/sluice")
	require.False(t, keys.Current([]byte{1, 2, 3}))
}

func TestAKMSThatReturnsNonsenseIsRefused(t *testing.T) {
	_, _, err := seal.NewKeys(kms{ciphertext: make([]byte, seal.MaxWrapped)}, "kms").New(t.Context(), "file/a")
	require.ErrorContains(t, err, "at most 1023 fit")
	_, err = seal.NewKeys(kms{ciphertext: []byte("short")}, "kms").Unwrap(t.Context(), []byte{1, 2, 3}, "file/a")
	require.ErrorIs(t, err, seal.ErrDamaged)
}

func TestAURIIsResolved(t *testing.T) {
	cfg := seal.Config{Key: "aws-kms://arn:aws:kms:eu-central-1:1:key/2"}
	_, err := seal.Open(t.Context(), cfg, nil)
	require.ErrorContains(t, err, "no KMS built in")
	failed := errors.New("no such scheme")
	_, err = seal.Open(t.Context(), cfg, func(context.Context, string) (seal.Outer, error) { return nil, failed })
	require.ErrorIs(t, err, failed)
	keys, err := seal.Open(t.Context(), cfg, func(_ context.Context, uri string) (seal.Outer, error) {
		require.Equal(t, cfg.Key, uri)
		return kms{}, nil
	})
	require.NoError(t, err)
	require.Equal(t, cfg.Key, keys.Name())
}

func TestConfig(t *testing.T) {
	require.NoError(t, seal.Config{}.Validate())
	require.False(t, seal.Config{}.Enabled())
	require.NoError(t, seal.Config{Key: "file:/k"}.Validate())
	require.True(t, seal.Config{Key: "k.json"}.Enabled())
	require.ErrorContains(t, seal.Config{Key: "file:"}.Validate(), "encryption.key")
}
