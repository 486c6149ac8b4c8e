package frame_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// generated turns decoded points into those of the generated code. Nothing is
// looked up by name, so a repeated name shows.
func generated(t testing.TB, points []frame.Point) []*collectorv1.DataPoint {
	t.Helper()
	var all []*collectorv1.DataPoint
	for i := range points {
		p := &points[i]
		point := &collectorv1.DataPoint{Source: string(p.Source), Timestamp: p.Timestamp}
		for _, m := range p.Metrics {
			if point.Metrics == nil {
				point.Metrics = map[string]float64{}
			}
			require.NotContains(t, point.GetMetrics(), string(m.Name))
			point.Metrics[string(m.Name)] = m.Value
		}
		for _, tag := range p.Tags {
			if point.Tags == nil {
				point.Tags = map[string]string{}
			}
			require.NotContains(t, point.GetTags(), string(tag.Name))
			point.Tags[string(tag.Name)] = string(tag.Value)
		}
		all = append(all, point)
	}
	return all
}

// requireSamePoints also decodes each point's raw bytes with the standard
// decoder.
func requireSamePoints(t testing.TB, want []*collectorv1.DataPoint, got []frame.Point) {
	t.Helper()
	require.Len(t, got, len(want))
	for i, point := range generated(t, got) {
		want := proto.CloneOf(want[i])
		want.ProtoReflect().SetUnknown(nil)
		require.True(t, proto.Equal(want, point), "point %d: standard: %v, by hand: %v", i, want, point)
		var raw collectorv1.DataPoint
		require.NoError(t, proto.Unmarshal(got[i].Raw, &raw))
		raw.ProtoReflect().SetUnknown(nil)
		require.True(t, proto.Equal(want, &raw), "raw bytes of point %d", i)
	}
}

// load has points as a fleet of sources sends them: all with the same metrics.
func load(points, metrics int, tags map[string]string) *collectorv1.CollectDataPointsRequest {
	request := &collectorv1.CollectDataPointsRequest{ProducerId: "producer-1", Epoch: 3, Sequence: 17}
	for i := range points {
		point := &collectorv1.DataPoint{
			Source: fmt.Sprintf("src-%05d", i), Timestamp: 1_790_000_000_000_000_000 + int64(i),
			Metrics: map[string]float64{}, Tags: tags,
		}
		for m := range metrics {
			point.Metrics[fmt.Sprintf("f%d", m)] = float64(i) + float64(m)/10
		}
		request.Points = append(request.Points, point)
	}
	return request
}

func encode(t testing.TB, m proto.Message) []byte {
	t.Helper()
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	require.NoError(t, err)
	return data
}

// field appends a field of bytes.
func field(data []byte, number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(data, number, protowire.BytesType), value)
}

// metric and tag encode a point's entry.
func metric(data []byte, name string, value float64) []byte {
	entry := field(nil, 1, []byte(name))
	entry = protowire.AppendFixed64(protowire.AppendTag(entry, 2, protowire.Fixed64Type), bitsOf(value))
	return field(data, 3, entry)
}

func tag(data []byte, name, value string) []byte {
	return field(data, 4, field(field(nil, 1, []byte(name)), 2, []byte(value)))
}

// requestOf encodes a request of points that are already encoded.
func requestOf(points ...[]byte) []byte {
	var data []byte
	for _, point := range points {
		data = field(data, 4, point)
	}
	return data
}
