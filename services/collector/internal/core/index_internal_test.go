package core

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

func TestFamiliesWithTheSameHashAreToldApart(t *testing.T) {
	const hash = 42
	tenant := &tenantFamilies{name: "acme"}
	points := map[string]*frame.Point{"a": {Source: []byte("a")}, "b": {Source: []byte("b")}, "c": {Source: []byte("c")}}
	for _, order := range []string{"abc", "cba", "bac"} {
		shard := &indexShard{families: map[uint64]*family{}}
		for _, source := range []string{"a", "b", "c"} {
			shard.add(newFamily(hash, tenant, points[source]))
		}
		for i, source := range order {
			f := shard.find(hash, "acme", points[string(source)])
			require.Equal(t, string(source), f.source)
			require.Nil(t, shard.find(hash, "other", points[string(source)]))
			shard.drop(f)
			require.Nil(t, shard.find(hash, "acme", points[string(source)]))
			for _, left := range order[i+1:] {
				require.NotNil(t, shard.find(hash, "acme", points[string(left)]))
			}
		}
		require.Empty(t, shard.families)
	}
}
