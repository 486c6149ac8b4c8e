package fileupload

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/config/configtest"
	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/services/fileupload/fsck"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

func checkOf(dir string) CheckConfig {
	cfg := DefaultCheckConfig()
	cfg.Config, cfg.Deep = inFolder(dir), true
	return cfg
}

func TestTheDefaultsOfACheckArePinnedToTheFlags(t *testing.T) {
	require.NoError(t, DefaultCheckConfig().Validate())
	configtest.Pin(t, "sluice-fileupload", DefaultCheckConfig())
}

func TestACheckOfAFolder(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	rotten, going := acknowledge(t, d, "rotten"), begin(t, d, "going")
	_, err := Check(t.Context(), checkOf(dir))
	require.ErrorContains(t, err, "is used by another process")
	require.NoError(t, d.close())

	var out bytes.Buffer
	require.NoError(t, Checker(&out)(t.Context(), checkOf(dir)))
	flip(t, dir, rotten)
	require.NoError(t, os.Remove(filepath.Join(dir, "parts", going+".part")))
	d = open(t, dir)
	upload := uploadOf("going", going)
	upload.Checkpoint.Offset = 5
	require.NoError(t, d.catalog.SaveCheckpoint(t.Context(), upload))
	require.NoError(t, d.close())

	out.Reset()
	require.ErrorIs(t, Checker(&out)(t.Context(), checkOf(dir)), ErrUnsound)
	var report fsck.Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &report))
	require.Equal(t, "data folder "+dir, report.Place)
	require.False(t, report.Sound)
	require.Equal(t, []fsck.Problem{
		{Kind: fsck.MissingPart, Tenant: "acme", UploadID: "going", BlobID: going, Detail: "the storage has nothing of it; 5 are durable"},
		{Kind: fsck.DamagedContent, Tenant: "acme", FileID: rotten, BlobID: rotten, Detail: "has another SHA-256 than its receipt says"},
	}, report.Problems)
	sizes := checkOf(dir)
	sizes.Deep = false
	shallow, err := Check(t.Context(), sizes)
	require.NoError(t, err)
	require.EqualValues(t, 1, shallow.ProblemCount)
}

func TestACheckMakesNoDataFolder(t *testing.T) {
	dir := t.TempDir()
	_, err := Check(t.Context(), checkOf(dir))
	require.ErrorContains(t, err, "is no data folder of this configuration, which would have blobs and catalog.db in it")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestACheckMeasuresSealedParts(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(t.TempDir(), "key.json")
	_, err := seal.CreateKeyset(key)
	require.NoError(t, err)
	cfg := checkOf(dir)
	cfg.Encryption.Key = key
	keys, err := openKeys(t.Context(), cfg.Encryption)
	require.NoError(t, err)
	d, err := openData(t.Context(), cfg.Config, keys)
	require.NoError(t, err)
	const segment = 64 << 10
	id, short := newID(), newID()
	for i, of := range []struct {
		id     string
		bytes  int
		offset int64
	}{{id, 3*segment + 100, 3 * segment}, {short, 2 * segment, 3 * segment}} {
		fillPart(t, d, of.id, string(make([]byte, of.bytes)))
		upload := uploadOf([]string{"whole", "short"}[i], of.id)
		upload.Checkpoint.Offset = of.offset
		require.NoError(t, d.catalog.CreateUpload(t.Context(), upload, core.Quota{}))
	}
	require.NoError(t, d.close())
	report, err := Check(t.Context(), cfg)
	require.NoError(t, err)
	require.Len(t, report.Problems, 1)
	require.Equal(t, "short", report.Problems[0].UploadID)
	require.Equal(t, "the storage has 131072 bytes of it; 196608 are durable", report.Problems[0].Detail)

	cfg.Encryption = DefaultConfig().Encryption
	_, err = Check(t.Context(), cfg)
	require.ErrorIs(t, err, seal.ErrWrongKey, "the key is needed")
	for _, name := range []string{"encryption.key", "--key", "--encryption-key"} {
		require.ErrorContains(t, err, name)
	}
}

func TestASealedPartWithoutItsHeaderHasNothing(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "parts"), 0o700))
	size := partSizeIn(dir)
	_, err := size(t.Context(), "none")
	require.ErrorIs(t, err, core.ErrNotFound)
	for id, bytes := range map[string]int{"begun": 100, "damaged": 100_000} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "parts", id+"-sealed.part"), make([]byte, bytes), 0o600))
		n, err := size(t.Context(), id)
		require.NoError(t, err)
		require.Zero(t, n)
	}
}
