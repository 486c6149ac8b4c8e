package quota_test

import (
	"testing"
	"time"
)

func BenchmarkTake(b *testing.B) {
	d, now := points(func() {}), time.Now()
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Take("free", now, 1); err != nil {
			b.Fatal(err)
		}
	}
}
