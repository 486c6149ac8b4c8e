package client

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
)

// The encoder writes the same bytes as the standard one with deterministic
// maps, whatever point it encoded before.
func FuzzPointEncoder(f *testing.F) {
	f.Add("web-1", int64(1), "cpu,memory", "zone", "a", 1.5, "cpu,memory", "zone")
	f.Add("", int64(-1), "", "", "", 0.0, "a,b,c", "x,y")
	f.Add("s", int64(1)<<62, "b,a,c", "t,s", "", -1.0, "b,a,d", "t")
	f.Add("\xff", int64(0), "m", "t", "\xff", 1.0, "\xff", "t")
	f.Fuzz(func(t *testing.T, source string, timestamp int64, metrics, tags, value string, number float64, before, tagsBefore string) {
		var e pointEncoder
		_, _ = e.appendPoint(nil, fuzzPoint("before", 1, before, tagsBefore, value, number))
		point := fuzzPoint(source, timestamp, metrics, tags, value, number)
		want, wantErr := proto.MarshalOptions{Deterministic: true}.Marshal(point)
		for range 2 { // the second time with the names known
			got, err := e.appendPoint([]byte("x"), point)
			if (err == nil) != (wantErr == nil) {
				t.Fatalf("error %v, the standard one has %v", err, wantErr)
			}
			if err == nil && !bytes.Equal(got, append([]byte("x"), want...)) {
				t.Fatalf("got %x, want %x", got[1:], want)
			}
		}
	})
}

func fuzzPoint(source string, timestamp int64, metrics, tags, value string, number float64) *DataPoint {
	p := &DataPoint{Source: source, Timestamp: timestamp, Metrics: map[string]float64{}, Tags: map[string]string{}}
	for i, name := range strings.Split(metrics, ",") {
		p.Metrics[name] = number + float64(i)
	}
	for i, name := range strings.Split(tags, ",") {
		p.Tags[name] = value[:min(i, len(value))]
	}
	return p
}

func TestPointEncoderTellsWhatIsNotUTF8(t *testing.T) {
	tests := map[string]*DataPoint{
		"source":                   {Source: "\xff"},
		"metric":                   {Metrics: map[string]float64{"a": 1, "\xff": 2}},
		"tag name":                 {Tags: map[string]string{"\xff": "a"}},
		"tag \"zone\" has a value": {Tags: map[string]string{"zone": "\xff"}},
	}
	for want, point := range tests {
		var e pointEncoder
		_, err := e.appendPoint(nil, point)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "is not UTF-8") {
			t.Errorf("%s: %v", want, err)
		}
		if _, err := e.appendPoint(nil, testPoint(1)); err != nil {
			t.Errorf("after %s: %v", want, err)
		}
	}
}

// benchmarkPoints are 1,000 points of ten metrics from as many sources.
func benchmarkPoints(tags int) []*DataPoint {
	points := make([]*DataPoint, 1000)
	for i := range points {
		p := &DataPoint{
			Source: fmt.Sprintf("src-%05d", i), Timestamp: 1_790_000_000_000_000_000 + int64(i),
			Metrics: map[string]float64{}, Tags: map[string]string{},
		}
		for j := range 10 {
			p.Metrics[fmt.Sprintf("f%d", j)] = float64(i*j) / 100
		}
		for j := range tags {
			p.Tags[fmt.Sprintf("tag%d", j)] = "value"
		}
		points[i] = p
	}
	return points
}

// BenchmarkEncodeFrame packs one point of ten metrics for each operation.
func BenchmarkEncodeFrame(b *testing.B) {
	for _, tags := range []int{0, 4} {
		points := benchmarkPoints(tags)
		b.Run(fmt.Sprintf("own/tags=%d", tags), func(b *testing.B) {
			pool := newFramePool()
			p := &packer[*DataPoint]{
				batch:   batch{window: newWindow(1), pool: pool, size: 500, timer: stoppedTimer()},
				encoder: &pointEncoder{},
			}
			p.window.limits = frameLimits{bytes: defaultFrameBytes, items: 1 << 20}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := p.put(b.Context(), points[i%len(points)]); err != nil {
					b.Fatal(err)
				}
				if p.buffer == nil { // the frame is in the window: as if it were sent and durable
					f, _ := p.window.next(b.Context())
					f.buffer.Free()
					p.window.release(f.sequence)
				}
			}
		})
		b.Run(fmt.Sprintf("standard/tags=%d", tags), func(b *testing.B) {
			b.ReportAllocs()
			var buffer []byte
			for i := 0; b.Loop(); i++ {
				buffer, _ = proto.MarshalOptions{Deterministic: true}.MarshalAppend(buffer[:0], points[i%len(points)])
			}
		})
	}
}
