package client

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// The encoder writes the same bytes as the standard one with deterministic
// maps, whatever entry it encoded before.
func FuzzLogEncoder(f *testing.F) {
	f.Add("shop", "info", int64(1), "GET /", "host,request", "a", "host,request")
	f.Add("", "", int64(0), "", "", "", "a,b")
	f.Add("a", "7", int64(-1), "x\ny", "b,a,c", "", "b,a,d")
	f.Add("\xff", "\xff", int64(math.MaxInt64), "\xff", "\xff", "\xff", "f")
	f.Add("a", "", int64(math.MinInt64), "", "a", "\xff", "a")
	f.Fuzz(func(t *testing.T, application, level string, timestamp int64, message, fields, value, before string) {
		var e logEncoder
		_, _ = e.encode(nil, &LogEntry{Application: "before", Fields: fuzzFields(before, value)})
		entry := &LogEntry{
			Application: application, Level: level, Time: time.Unix(0, timestamp), Message: message, Fields: fuzzFields(fields, value),
		}
		want, wantErr := proto.MarshalOptions{Deterministic: true}.Marshal(entry.encoded())
		for range 2 { // the second time with the names known
			got, err := e.encode([]byte("x"), entry)
			if (err == nil) != (wantErr == nil) {
				t.Fatalf("error %v, the standard one has %v", err, wantErr)
			}
			if err == nil && !bytes.Equal(got, append([]byte("x"), want...)) {
				t.Fatalf("got %x, want %x", got[1:], want)
			}
		}
	})
}

func fuzzFields(names, value string) map[string]string {
	fields := map[string]string{}
	for i, name := range strings.Split(names, ",") {
		fields[name] = value[:min(i, len(value))]
	}
	return fields
}

// The frames of both services have the same numbers.
func TestFramesHaveTheNumbersOfTheSchema(t *testing.T) {
	tests := map[protoreflect.Name]proto.Message{
		"points":  &collectorv1.CollectDataPointsRequest{},
		"entries": &logaggv1.CollectLogsRequest{},
	}
	for items, request := range tests {
		fields := request.ProtoReflect().Descriptor().Fields()
		for name, want := range map[protoreflect.Name]protowire.Number{"sequence": fieldSequence, items: fieldItems} {
			if got := fields.ByName(name).Number(); got != want {
				t.Errorf("%s has the number %d, not %d", name, got, want)
			}
		}
	}
}

func TestATimeIsSentInNanoseconds(t *testing.T) {
	tests := []struct {
		time time.Time
		want int64
	}{
		{time.Time{}, 0},
		{time.Unix(0, 0), 0},
		{time.Unix(1, 5), 1_000_000_005},
		{time.Unix(-1, 5), -999_999_995},
		{time.Unix(0, math.MinInt64).Add(time.Second), math.MinInt64 + 1e9},
		{time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC), math.MinInt64},
		{time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), math.MaxInt64},
	}
	for _, test := range tests {
		if got := unixNano(test.time); got != test.want {
			t.Errorf("%s is sent as %d, want %d", test.time, got, test.want)
		}
	}
}

func TestALevelHasItsName(t *testing.T) {
	for level, name := range map[Level]string{
		LevelUnspecified: "unspecified", LevelTrace: "trace", LevelDebug: "debug", LevelInfo: "info",
		LevelWarn: "warn", LevelError: "error", LevelFatal: "fatal",
	} {
		parsed, err := ParseLevel(strings.ToUpper(name))
		if level.String() != name || parsed != level || err != nil {
			t.Errorf("%d is %q, which is %d, %v", level, level, parsed, err)
		}
	}
	for _, name := range []string{"", "warning", "LEVEL_WARN", "9"} {
		if level, err := ParseLevel(name); err == nil || !strings.Contains(err.Error(), "none of trace") {
			t.Errorf("%q is %s, %v", name, level, err)
		}
	}
	if Level(9) >= Level(13) || Level(7).String() != "7" {
		t.Errorf("level 7 is %q", Level(7))
	}
}

// benchmarkEntries are 1,000 entries of about 205 bytes of text.
func benchmarkEntries() []*LogEntry {
	entries := make([]*LogEntry, 1000)
	for i := range entries {
		entries[i] = &LogEntry{
			Application: fmt.Sprintf("application-%d", i%10), Level: "info", Time: time.Unix(1_790_000_000, int64(i)),
			Message: fmt.Sprintf("POST /api/v1/orders/%d status=200 duration=412.093ms bytes=20311 user=u104482 remote=10.4.201.77 request completed", i),
			Fields:  map[string]string{"host": fmt.Sprintf("host-%02d", i%50), "request_id": fmt.Sprintf("%032x", i)},
		}
	}
	return entries
}

// BenchmarkEncodeLogs packs one entry for each operation.
func BenchmarkEncodeLogs(b *testing.B) {
	entries := benchmarkEntries()
	p := &packer[*LogEntry]{
		batch:   batch{window: newWindow(1), pool: newFramePool(), size: 500, timer: stoppedTimer()},
		encoder: &logEncoder{},
	}
	p.window.limits = frameLimits{bytes: defaultFrameBytes, items: 1 << 20}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := p.put(b.Context(), entries[i%len(entries)]); err != nil {
			b.Fatal(err)
		}
		if p.buffer == nil { // the frame is in the window: as if it were sent and durable
			f, _ := p.window.next(b.Context())
			f.buffer.Free()
			p.window.release(f.sequence)
		}
	}
}
