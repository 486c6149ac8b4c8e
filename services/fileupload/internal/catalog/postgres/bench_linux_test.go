package postgres_test

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	testpostgres "github.com/sluice-ingest/sluice/libs/testkit/postgres"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// BenchmarkCompleteUpload commits finished uploads one after another on a server
// that syncs.
func BenchmarkCompleteUpload(b *testing.B) {
	server := testpostgres.Start(b, "fsync=on")
	for name, quota := range map[string]core.Quota{"no quota": {}, "quota": {Bytes: 1 << 50, Files: 1 << 50}} {
		b.Run(name, func(b *testing.B) {
			catalog := openCatalog(b, server.NewDatabase(b))
			for i := 0; b.Loop(); i++ {
				completion := finished(fmt.Sprint(i))
				completion.Quota = quota
				if _, err := catalog.CompleteUpload(b.Context(), completion); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCompleteUploads commits finished uploads of 16 callers.
func BenchmarkCompleteUploads(b *testing.B) {
	server := testpostgres.Start(b, "fsync=on")
	for name, quota := range map[string]core.Quota{"no quota": {}, "quota": {Bytes: 1 << 50, Files: 1 << 50}} {
		b.Run(name, func(b *testing.B) {
			catalog := openCatalog(b, server.NewDatabase(b))
			var next atomic.Int64
			b.SetParallelism(16 / runtime.GOMAXPROCS(0))
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					completion := finished(fmt.Sprint(next.Add(1)))
					completion.Quota = quota
					if _, err := catalog.CompleteUpload(b.Context(), completion); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
