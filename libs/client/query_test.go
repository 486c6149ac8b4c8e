package client

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// queryFake answers with the parts and then with err.
func queryFake(err error, parts ...*collectorv1.QueryDataPointsResponse) *fakeCollector {
	fake := newFakeCollector()
	fake.query = func(stream grpc.ServerStreamingServer[collectorv1.QueryDataPointsResponse]) error {
		for _, part := range parts {
			if err := stream.Send(part); err != nil {
				return err
			}
		}
		return err
	}
	return fake
}

var (
	firstSeries  = &Series{SeriesId: 1, Source: "a", Metric: "m"}
	secondSeries = &Series{SeriesId: 7, Source: "b", Metric: "m", Tags: map[string]string{"zone": "z"}}
)

func sampleParts() []*collectorv1.QueryDataPointsResponse {
	return []*collectorv1.QueryDataPointsResponse{
		{Series: []*Series{firstSeries}, SeriesIds: []int64{1, 1}, Timestamps: []int64{10, 20}, Values: []float64{1, 2}},
		{},
		{Series: []*Series{secondSeries}, SeriesIds: []int64{7, 1}, Timestamps: []int64{30, 30}, Values: []float64{3, 4}},
	}
}

func TestQueryDataPointsYieldsEachSample(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, stop := queryFake(nil, sampleParts()...).serve(t)
		defer stop()
		var got []Sample
		for sample, err := range c.QueryDataPoints(t.Context(), &collectorv1.QueryDataPointsRequest{}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, sample)
		}
		want := []Sample{{firstSeries, 10, 1}, {firstSeries, 20, 2}, {secondSeries, 30, 3}, {firstSeries, 30, 4}}
		if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
			t.Error(diff)
		}
		if at := got[0].Time(); !at.Equal(time.Unix(0, 10)) || at.Location() != time.UTC {
			t.Errorf("time %s", at)
		}
	})
}

func TestQueryBucketsYieldsEachBucket(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, stop := queryFake(nil, &collectorv1.QueryDataPointsResponse{
			Series:  []*Series{firstSeries},
			Buckets: []*collectorv1.SampleBucket{{SeriesId: 1, StartTime: 60, Count: 3, Min: 1, Max: 5, Mean: 3, First: 2, Last: 4}},
		}).serve(t)
		defer stop()
		for bucket, err := range c.QueryBuckets(t.Context(), &collectorv1.QueryDataPointsRequest{BucketDuration: 1e6}) {
			want := Bucket{Series: firstSeries, Start: 60, Count: 3, Min: 1, Max: 5, Mean: 3, First: 2, Last: 4}
			if diff := cmp.Diff(want, bucket, protocmp.Transform()); diff != "" || err != nil {
				t.Error(diff, err)
			}
			if at := bucket.Time(); !at.Equal(time.Unix(0, 60)) {
				t.Errorf("time %s", at)
			}
		}
	})
}

// A loop that ends early ends the call; goleak and the bubble see what is left.
func TestQueryDataPointsEndsWithItsLoop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ended := make(chan struct{})
		fake := newFakeCollector()
		fake.query = func(stream grpc.ServerStreamingServer[collectorv1.QueryDataPointsResponse]) error {
			defer close(ended)
			for {
				if err := stream.Send(sampleParts()[0]); err != nil {
					return err
				}
			}
		}
		c, stop := fake.serve(t)
		defer stop()
		for _, err := range c.QueryDataPoints(t.Context(), &collectorv1.QueryDataPointsRequest{}) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		<-ended
	})
}

func TestQueryYieldsItsErrorLast(t *testing.T) {
	refused := fakeError(codes.InvalidArgument, "FIELD_INVALID", "no such matcher")
	tests := []struct {
		name    string
		fake    *fakeCollector
		samples int
		want    string
	}{
		{"refused", queryFake(refused), 0, "FIELD_INVALID"},
		{"refused late", queryFake(refused, sampleParts()...), 4, "FIELD_INVALID"},
		{"unknown series", queryFake(nil, &collectorv1.QueryDataPointsResponse{
			SeriesIds: []int64{9}, Timestamps: []int64{1}, Values: []float64{1},
		}), 0, "series 9"},
		{"columns of different length", queryFake(nil, &collectorv1.QueryDataPointsResponse{
			Series: []*Series{firstSeries}, SeriesIds: []int64{1, 1}, Timestamps: []int64{1}, Values: []float64{1},
		}), 0, "columns of 2, 1 and 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c, stop := test.fake.serve(t)
				defer stop()
				samples := 0
				var last error
				for sample, err := range c.QueryDataPoints(t.Context(), &collectorv1.QueryDataPointsRequest{}) {
					if last != nil {
						t.Error("something came after the error")
					}
					last = err
					if err == nil {
						samples++
					} else if sample.Series != nil {
						t.Error("the error came with a sample")
					}
				}
				if samples != test.samples || last == nil || !strings.Contains(last.Error(), test.want) {
					t.Errorf("%d samples, error %v", samples, last)
				}
				if _, ok := errors.AsType[*Error](last); ok != (test.want == "FIELD_INVALID") {
					t.Errorf("error %T", last)
				}
			})
		})
	}
}

func TestQueryKnowsSamplesFromBuckets(t *testing.T) {
	c, stop := queryFake(nil).serve(t)
	defer stop()
	for _, err := range c.QueryDataPoints(t.Context(), &collectorv1.QueryDataPointsRequest{BucketDuration: 1}) {
		if err == nil || !strings.Contains(err.Error(), "use QueryBuckets") {
			t.Errorf("error %v", err)
		}
	}
	for _, err := range c.QueryBuckets(t.Context(), &collectorv1.QueryDataPointsRequest{}) {
		if err == nil || !strings.Contains(err.Error(), "use QueryDataPoints") {
			t.Errorf("error %v", err)
		}
	}
}
