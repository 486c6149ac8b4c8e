package sqlite_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// BenchmarkCompleteUpload commits finished uploads, one synced commit each.
func BenchmarkCompleteUpload(b *testing.B) {
	for name, quota := range map[string]core.Quota{"no quota": {}, "quota": {Bytes: 1 << 50, Files: 1 << 50}} {
		b.Run(name, func(b *testing.B) {
			catalog := openCatalog(b, filepath.Join(b.TempDir(), "catalog.db"))
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
	catalog := openCatalog(b, filepath.Join(b.TempDir(), "catalog.db"))
	var next atomic.Int64
	b.SetParallelism(16 / runtime.GOMAXPROCS(0))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := catalog.CompleteUpload(b.Context(), finished(fmt.Sprint(next.Add(1)))); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkFindUpload reads by key, on all connections.
func BenchmarkFindUpload(b *testing.B) {
	catalog := openCatalog(b, filepath.Join(b.TempDir(), "catalog.db"))
	const known = 1000
	for i := range known {
		if _, err := catalog.CompleteUpload(b.Context(), finished(fmt.Sprint(i))); err != nil {
			b.Fatal(err)
		}
	}
	var next atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			id := fmt.Sprint(next.Add(1) % known)
			key := core.UploadKey{Tenant: "acme", Subject: "ann", UploadID: id}
			if _, err := catalog.FindUpload(b.Context(), key); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
