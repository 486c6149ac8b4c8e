package core_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// deletions is a core.Deleter that notes what it deletes.
type deletions struct {
	tenant string
	of     *collectorv1.PointDeletion
	err    error
}

func (d *deletions) Delete(_ context.Context, tenant string, encoded []byte) (int64, error) {
	d.tenant, d.of = tenant, &collectorv1.PointDeletion{}
	return 12, errors.Join(d.err, proto.Unmarshal(encoded, d.of))
}

func bySource(operator queryv1.MatchOperator, value string) *collectorv1.SeriesMatcher {
	return &collectorv1.SeriesMatcher{Target: collectorv1.SeriesTarget_SERIES_TARGET_SOURCE, Operator: operator, Value: value}
}

func TestADeletionIsCheckedBeforeItIsJournaled(t *testing.T) {
	all := bySource(queryv1.MatchOperator_MATCH_OPERATOR_REGEX, ".*")
	broken := bySource(queryv1.MatchOperator_MATCH_OPERATOR_REGEX, "(")
	var d deletions
	deletions := core.NewDeletions(&d)
	for _, c := range []struct {
		of    *collectorv1.PointDeletion
		field string
	}{
		{&collectorv1.PointDeletion{StartTime: 1, EndTime: 2}, "matchers"},
		{&collectorv1.PointDeletion{StartTime: 2, EndTime: 2, Matchers: []*collectorv1.SeriesMatcher{all}}, "end_time"},
		{&collectorv1.PointDeletion{StartTime: 1, EndTime: 2, Matchers: []*collectorv1.SeriesMatcher{all, broken}}, "matchers[1].value"},
	} {
		_, err := deletions.Delete(t.Context(), principal.Principal{Tenant: "acme"}, c.of)
		require.Equal(t, problem.FieldInvalid, problem.ReasonOf(err))
		require.Equal(t, c.field, problem.Of(err).Field)
		require.Nil(t, d.of)
	}
	good := &collectorv1.PointDeletion{StartTime: 1, EndTime: 2, Matchers: []*collectorv1.SeriesMatcher{all}}
	count, err := deletions.Delete(t.Context(), principal.Principal{Tenant: "acme"}, good)
	require.NoError(t, err)
	require.Equal(t, int64(12), count)
	require.Equal(t, "acme", d.tenant)
	require.True(t, proto.Equal(good, d.of))
	d.err = errors.New("broken")
	_, err = deletions.Delete(t.Context(), principal.Principal{Tenant: "acme"}, good)
	require.Equal(t, problem.StorageFailed, problem.ReasonOf(err))
}
