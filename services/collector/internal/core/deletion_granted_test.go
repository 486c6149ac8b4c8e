package core_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/record"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// journaledDeletion is a core.Deleter that keeps what is journaled.
type journaledDeletion struct{ encoded []byte }

func (d *journaledDeletion) Delete(_ context.Context, _ string, encoded []byte) (int64, error) {
	d.encoded = encoded
	return 0, nil
}

// deletingStore notes the series that are deleted from.
type deletingStore struct {
	core.Store

	series []core.SeriesID
}

func (s *deletingStore) Delete(_ context.Context, series []core.SeriesID, _, _ int64, _ journal.Position) (core.Deleted, error) {
	s.series = series
	return core.Deleted{}, nil
}

func TestADeletionReachesTheGrantedSourcesOnlyAfterTheJournal(t *testing.T) {
	names := []string{"a", "ab", "a.*", "a.", "%", "_", "ä", "ä*"}
	index := core.NewIndex(0)
	for _, name := range names {
		resolve(t, index, "acme", pointOf(name, []string{"m"}))
	}
	everything := &collectorv1.PointDeletion{EndTime: 1, Matchers: []*collectorv1.SeriesMatcher{matcher(ofMetric, "", equal, "m")}}
	rapid.Check(t, func(t *rapid.T) {
		sources := principal.Patterns(rapid.SliceOfN(rapid.StringMatching(`[aä.%_b]{1,3}\*?`), 0, 4).Draw(t, "sources"))
		owner := principal.Principal{Tenant: "acme", Grants: principal.Grants{Sources: sources}}
		var journaled journaledDeletion
		_, err := core.NewDeletions(&journaled).Delete(context.Background(), owner, everything)
		require.NoError(t, err)

		store := &deletingStore{}
		change, err := core.NewWriter(store, index).Deletion(&record.Header{Tenant: "acme"}, journaled.encoded)
		require.NoError(t, err)
		_, err = change(context.Background(), 1)
		require.NoError(t, err)
		var want []core.SeriesID
		for i, name := range names {
			if sources.Allow(name) {
				want = append(want, core.SeriesID(i+1))
			}
		}
		require.Equal(t, want, store.series)
	})
}

func FuzzDeletion(f *testing.F) {
	for _, sources := range []principal.Patterns{nil, {"a"}, {"a%_.*", "b"}} {
		var journaled journaledDeletion
		_, err := core.NewDeletions(&journaled).Delete(context.Background(),
			principal.Principal{Grants: principal.Grants{Sources: sources}},
			&collectorv1.PointDeletion{EndTime: 1, Matchers: []*collectorv1.SeriesMatcher{matcher(ofMetric, "", equal, "m")}})
		require.NoError(f, err)
		f.Add(journaled.encoded)
		f.Add(journaled.encoded[:len(journaled.encoded)-1])
	}
	index := core.NewIndex(0)
	f.Fuzz(func(t *testing.T, encoded []byte) {
		change, err := core.NewWriter(&deletingStore{}, index).Deletion(&record.Header{Tenant: "acme"}, encoded)
		require.Equal(t, err != nil, change == nil)
		if err == nil {
			require.NoError(t, proto.Unmarshal(encoded, &collectorv1.PointDeletion{}))
		}
	})
}
