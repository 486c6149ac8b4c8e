package catalogtest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

var unwantedContracts = []contract{
	{"blobs are wanted by files and receiving uploads, parts by these", wantsWhatIsOwned},
	{"bytes are wanted under an identifier that begins with a receiving upload's", wantsLongerIdentifiers},
	{"bytes are looked up by the thousand", looksUpMany},
}

func wantsWhatIsOwned(t *testing.T, open Opener) {
	catalog := open(t)
	going := receiving("going")
	create(t, catalog, going)
	uploads := ofEveryEnd(t, catalog)
	var unwanted []string
	for _, upload := range append(uploads, receiving("never-seen")) {
		unwanted = append(unwanted, upload.FileID)
	}
	files := share(t, catalog, "a", "b")
	requireOrphan(t, catalog, files[0], "")
	unwanted = append(unwanted, "a", "b", "")

	// Of the uploads' files three are there, whose blobs have other identifiers.
	wanted := []string{"blob-of-" + uploads[0].FileID, "blob-of-" + uploads[1].FileID, files[0].BlobID}
	requireUnwanted(t, catalog.UnwantedBlobs, slices.Concat([]string{going.FileID}, wanted, unwanted), unwanted)
	unwanted = append(unwanted, wanted...)
	requireUnwanted(t, catalog.UnwantedParts, append([]string{going.FileID}, unwanted...), unwanted)
}

func wantsLongerIdentifiers(t *testing.T, open Opener) {
	catalog, going := open(t), receiving("going")
	going.FileID = "01a208d0-18d6-7383-be95-c84130823bf8"
	create(t, catalog, going)
	ids := []string{going.FileID + "-s0123", going.FileID + "-p1-2000", "01a208d0-18d6-7383-be95-c84130823bf9-s0123"}
	for _, unwanted := range []lookup{catalog.UnwantedBlobs, catalog.UnwantedParts} {
		requireUnwanted(t, unwanted, ids, ids[2:])
	}
}

func looksUpMany(t *testing.T, open Opener) {
	catalog, going := open(t), receiving("going")
	create(t, catalog, going)
	var want []string
	for i := range 5000 {
		want = append(want, fmt.Sprintf("gone-%d", i))
	}
	for _, unwanted := range []lookup{catalog.UnwantedBlobs, catalog.UnwantedParts} {
		requireUnwanted(t, unwanted, append([]string{going.FileID}, want...), want)
		for _, none := range [][]string{nil, {}, {going.FileID}} {
			requireUnwanted(t, unwanted, none, nil)
		}
	}
}

type lookup func(ctx context.Context, ids []string) ([]string, error)

func requireUnwanted(t *testing.T, unwanted lookup, ids, want []string) {
	t.Helper()
	got, err := unwanted(t.Context(), ids)
	require.NoError(t, err)
	require.ElementsMatch(t, want, got)
}
