package disk

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// Who brings a blob back as a file need not repair the pack it was in.
func TestARestoredFileIsReadInsteadOfADamagedRecord(t *testing.T) {
	damages := map[string]func(at location) []int64{
		"content of the record": func(at location) []int64 { return []int64{at.offset + recordHeaderLen} },
		"header of the record":  func(at location) []int64 { return []int64{at.offset} },
		"headers of the pack":   func(location) []int64 { return []int64{20, blockSize + 20} },
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			store, p := testPacker(t)
			id := mustServe(t, p, "content")[0]
			_, at, _ := packedAt(id)
			for _, place := range damage(at) {
				flip(t, store, at.pack, place)
			}
			_, err := store.Open(t.Context(), id)
			require.ErrorIs(t, err, core.ErrDamaged)

			restored, err := placeOf(id)
			require.NoError(t, err)
			require.NoError(t, store.root.WriteFile(restored.blob, []byte("content"), fileMode))
			requirePacked(t, store, id, "content")

			_ = store.Discard(t.Context(), id) // The pack may be beyond that.
			_, err = store.root.Stat(restored.blob)
			require.Error(t, err, "the file goes all the same")
		})
	}
}
