package uploadid_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/uploadid"
)

func sample() uploadid.Upload {
	return uploadid.Upload{
		Path: "/data/a.csv", Size: 10, ModTime: time.Date(2026, 11, 22, 10, 0, 0, 123, time.UTC),
		Name: "a.csv", ContentType: "text/csv", Metadata: map[string]string{"a": "1", "b": "2"},
	}
}

// The value is pinned: a release that derived another could not resume what
// the one before it began.
func TestOfIsPinned(t *testing.T) {
	id, err := uploadid.Of(sample())
	require.NoError(t, err)
	require.Equal(t, "4b72a516-d587-5529-9592-8f22cc94c36f", id)
	require.Equal(t, uuid.Version(5), uuid.MustParse(id).Version())
}

func TestOfIgnoresTheTimeZone(t *testing.T) {
	here := sample()
	here.ModTime = here.ModTime.In(time.FixedZone("away", 5*3600))
	require.Equal(t, of(t, sample()), of(t, here))
}

func TestOfTellsUploadsApart(t *testing.T) {
	tests := map[string]func(*uploadid.Upload){
		"path":         func(u *uploadid.Upload) { u.Path = "/data/b.csv" },
		"size":         func(u *uploadid.Upload) { u.Size++ },
		"mtime":        func(u *uploadid.Upload) { u.ModTime = u.ModTime.Add(1) },
		"name":         func(u *uploadid.Upload) { u.Name = "b.csv" },
		"if absent":    func(u *uploadid.Upload) { u.IfAbsent = true },
		"expiry":       func(u *uploadid.Upload) { u.ExpireTime = u.ModTime.AddDate(1, 0, 0) },
		"content type": func(u *uploadid.Upload) { u.ContentType = "" },
		"metadata":     func(u *uploadid.Upload) { u.Metadata = map[string]string{"a": "2", "b": "1"} },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			other := sample()
			change(&other)
			require.NotEqual(t, of(t, sample()), of(t, other))
		})
	}
}

func TestNextIsLastingAndNew(t *testing.T) {
	first := of(t, sample())
	second := uploadid.Next(first)
	require.Equal(t, second, uploadid.Next(first))
	require.NotEqual(t, first, second)
	require.NotEqual(t, second, uploadid.Next(second))
}

func of(t *testing.T, upload uploadid.Upload) string {
	t.Helper()
	id, err := uploadid.Of(upload)
	require.NoError(t, err)
	return id
}
