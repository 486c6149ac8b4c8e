package journal

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInspectExplainsAFolderAndChangesNothing(t *testing.T) {
	bothWays(t, testInspectExplainsAFolderAndChangesNothing)
}

func testInspectExplainsAFolderAndChangesNothing(t *testing.T, keys Keys) {
	dir := t.TempDir()
	opts := roomy(keys)
	opts.SegmentBytes = 400
	j, _, err := Open(dir, opts)
	require.NoError(t, err)
	all := appendMany(t, j, 12)
	require.NoError(t, j.Close())
	whole, err := Inspect(dir, keys)
	require.NoError(t, err)
	require.Empty(t, whole.Damages)
	require.Zero(t, whole.TornBytes)
	require.EqualValues(t, 12, whole.Records)
	require.Equal(t, all[11].end, whole.Durable)
	require.Equal(t, whole.End, whole.Durable)

	first := filepath.Join(dir, whole.Segments[0].Name)
	content, err := os.ReadFile(first)
	require.NoError(t, err)
	content[segmentHeader+int(all[1].end)-1] ^= 1
	require.NoError(t, os.WriteFile(first, content, 0o600))
	last := filepath.Join(dir, whole.Segments[len(whole.Segments)-1].Name)
	file, err := os.OpenFile(last, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteString("torn")
	require.NoError(t, err)
	require.NoError(t, file.Close())
	was := folder(t, dir)

	report, err := Inspect(dir, keys)
	require.NoError(t, err)
	require.Equal(t, []Damage{{From: all[1].start, To: all[1].end}}, report.Damages)
	require.EqualValues(t, 4, report.TornBytes)
	require.EqualValues(t, 11, report.Records)
	require.Equal(t, 1, report.Segments[0].Damages)
	require.Equal(t, whole.Durable, report.Durable)
	records, damages := collectRecords(t, dir, keys)
	require.Equal(t, append([]written{all[0]}, all[2:]...), records)
	require.Equal(t, []*DamageError{{From: all[1].start, To: all[1].end}}, damages)
	for record, err := range Records(dir, keys) {
		require.NoError(t, err)
		require.Equal(t, all[0].data, string(record.Data))
		break // stopping early is fine
	}
	require.Equal(t, was, folder(t, dir))
}

func collectRecords(t *testing.T, dir string, keys Keys) (records []written, damages []*DamageError) {
	t.Helper()
	for record, err := range Records(dir, keys) {
		if damage, ok := errors.AsType[*DamageError](err); ok {
			damages = append(damages, damage)
			continue
		}
		require.NoError(t, err)
		records = append(records, written{string(record.Data), record.Start, record.End})
	}
	return records, damages
}

// folder returns what the files of a folder have.
func folder(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	files := map[string]string{}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		require.NoError(t, err)
		files[entry.Name()] = string(content)
	}
	return files
}

func TestInspectOfNoFolder(t *testing.T) {
	_, err := Inspect(filepath.Join(t.TempDir(), "none"), nil)
	require.ErrorIs(t, err, os.ErrNotExist)
	for _, err := range Records(filepath.Join(t.TempDir(), "none"), nil) {
		require.ErrorIs(t, err, os.ErrNotExist)
	}
}

func TestInspectOfAnEmptyFolder(t *testing.T) {
	report, err := Inspect(t.TempDir(), nil)
	require.NoError(t, err)
	require.Equal(t, Report{}, report)
}
