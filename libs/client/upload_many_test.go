package client

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"
)

func TestUploadFilesConcurrentlyKeepsOrderAndGoesOn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var mu sync.Mutex
		open, most := 0, 0
		fake := newFakeServer()
		fake.refuse = func(int) error {
			mu.Lock()
			open++
			most = max(most, open)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			open--
			return nil
		}
		c, stop := fake.serve(t)
		defer stop()
		var paths []string
		for i := range 9 {
			paths = append(paths, writeFile(t, fmt.Sprintf("%d.bin", i), bytes.Repeat([]byte{byte(i)}, i)))
		}
		paths[4] = "no/such/file"
		results, err := c.UploadFilesConcurrently(t.Context(), paths, 3)
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("error %v", err)
		}
		for i, r := range results {
			if r.Path != paths[i] || (r.Err != nil) != (i == 4) || (r.Receipt == nil) != (i == 4) {
				t.Errorf("result %d: %+v", i, r)
			}
			if r.Receipt != nil && r.Receipt.Size != int64(i) {
				t.Errorf("result %d has %d bytes", i, r.Receipt.Size)
			}
		}
		if most != 3 {
			t.Errorf("%d at once", most)
		}
	})
}

func TestUploadFilesConcurrentlyRefusesWhatFitsOneFile(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		c, stop := fake.serve(t)
		defer stop()
		for _, opt := range []UploadOption{WithUploadID("u1"), WithFileName("a.bin")} {
			if _, err := c.UploadFilesConcurrently(t.Context(), []string{"a", "b"}, 2, opt); err == nil {
				t.Error("taken for two files")
			}
		}
		if _, err := c.UploadFilesConcurrently(t.Context(), []string{"a"}, 0); err == nil {
			t.Error("none at once was taken")
		}
		if fake.streamCount() != 0 {
			t.Error("something was uploaded")
		}
	})
}
