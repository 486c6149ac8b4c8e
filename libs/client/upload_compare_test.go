package client

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
)

// slowReader takes its time for each read.
type slowReader struct {
	io.ReaderAt

	pause time.Duration
}

func (r slowReader) ReadAt(p []byte, offset int64) (int, error) {
	time.Sleep(r.pause)
	return r.ReaderAt.ReadAt(p, offset)
}

// begunUpload returns a server that has the upload "u1" up to durable. A stream
// that is silent for longer than a minute is cut.
func begunUpload(data []byte, durable int64) *fakeServer {
	fake := newFakeServer()
	last := map[int]time.Time{}
	fake.fault = func(stream int, _ int64) error {
		heard, ok := last[stream]
		last[stream] = time.Now()
		if ok && time.Since(heard) > time.Minute {
			return fakeError(codes.Unavailable, "STREAM_IDLE", "no whole message came")
		}
		return nil
	}
	fake.uploads["u1"] = &fakeUpload{
		header:  (&uploadOptions{uploadID: "u1"}).header("a.bin", int64(len(data))),
		data:    bytes.Clone(data[:durable]),
		durable: durable,
	}
	return fake
}

// Hashing what the server has takes twelve minutes here, as for a very large file.
func TestResumeOfALargeFileIsNotSilentOnItsStream(t *testing.T) {
	bubble(t, func(t *testing.T) {
		data := randomBytes(20 << 20)
		fake := begunUpload(data, 18<<20)
		c, stop := fake.serve(t, WithChunkSize(256<<10))
		defer stop()
		content := slowReader{bytes.NewReader(data), 10 * time.Second}
		receipt, err := c.Upload(t.Context(), "a.bin", content, int64(len(data)), WithUploadID("u1"))
		mustReceipt(t, receipt, err)
		if receipt.Duration < 12*time.Minute || receipt.Resumed != 18<<20 || receipt.DuplicateBytes != 0 {
			t.Errorf("receipt %+v", receipt)
		}
	})
}

// Another stream may be bringing the upload on; it is not ended for a file that
// has changed.
func TestAChangedLargeFileOpensNoStream(t *testing.T) {
	bubble(t, func(t *testing.T) {
		data := randomBytes(20 << 20)
		fake := begunUpload(data, 18<<20)
		c, stop := fake.serve(t)
		defer stop()
		for name, change := range map[string]func() []byte{
			"one byte differs": func() []byte {
				other := bytes.Clone(data)
				other[5] ^= 1
				return other
			},
			"shorter": func() []byte { return data[:17<<20] },
		} {
			other := change()
			_, err := c.Upload(t.Context(), "a.bin", bytes.NewReader(other), int64(len(other)), WithUploadID("u1"))
			if !errors.Is(err, ErrContentDiffers) || fake.streamCount() != 0 {
				t.Errorf("%s: error %v, %d streams", name, err, fake.streamCount())
			}
		}
	})
}

func TestResumeComparesAgainWhatAnotherStreamBroughtMeanwhile(t *testing.T) {
	bubble(t, func(t *testing.T) {
		data := randomBytes(60 << 20)
		fake := begunUpload(data, 18<<20)
		asked := 0
		fake.getUpload = func(u *fakeUpload) error {
			asked++
			if asked == 2 {
				u.data, u.durable = bytes.Clone(data[:50<<20]), 50<<20
			}
			return nil
		}
		c, stop := fake.serve(t)
		defer stop()
		content := slowReader{bytes.NewReader(data), 2 * time.Second}
		receipt, err := c.Upload(t.Context(), "a.bin", content, int64(len(data)), WithUploadID("u1"))
		mustReceipt(t, receipt, err)
		if receipt.Resumed != 50<<20 {
			t.Errorf("resumed at %d", receipt.Resumed)
		}
	})
}

// Without an answer the Hello has what is to be compared.
func TestResumeNeedsNoAnswerBeforeItsStream(t *testing.T) {
	bubble(t, func(t *testing.T) {
		data := randomBytes(20 << 20)
		fake := begunUpload(data, 18<<20)
		fake.getUpload = func(*fakeUpload) error {
			return fakeError(codes.PermissionDenied, "PERMISSION_DENIED", "not yours to see")
		}
		c, stop := fake.serve(t)
		defer stop()
		receipt, err := c.Upload(t.Context(), "a.bin", bytes.NewReader(data), int64(len(data)), WithUploadID("u1"))
		mustReceipt(t, receipt, err)
		if receipt.Resumed != 18<<20 {
			t.Errorf("resumed at %d", receipt.Resumed)
		}
		data[5] ^= 1
		fake.uploads["u1"].receipt = nil
		_, err = c.Upload(t.Context(), "a.bin", bytes.NewReader(data), int64(len(data)), WithUploadID("u1"))
		if !errors.Is(err, ErrContentDiffers) {
			t.Errorf("error %v", err)
		}
	})
}
