package client

import (
	"bytes"
	"errors"
	"testing"
	"testing/iotest"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
)

// unreadable fails the upload that reads it.
type unreadable struct{}

func (unreadable) ReadAt([]byte, int64) (int, error) { return 0, errors.New("it was read") }

// knowing returns a server that has the data in the file "there".
func knowing(data []byte) *fakeServer {
	fake := newFakeServer()
	fake.store("there", "a.bin", data)
	return fake
}

func TestAContentThatIsHashedFirstIsNotSentTwice(t *testing.T) {
	for _, size := range sizes {
		bubble(t, func(t *testing.T) {
			data := randomBytes(size)
			fake := knowing(data)
			c, stop := fake.serve(t, WithChunkSize(testChunk))
			defer stop()
			content := &countingReader{reader: bytes.NewReader(data)}
			receipt, err := c.Upload(t.Context(), "b.bin", content, int64(size), WithHashFirst())
			mustReceipt(t, receipt, err)
			if receipt.Sent != 0 || !receipt.Deduplicated || receipt.Existed || receipt.Checksum != hexSum(data) {
				t.Errorf("receipt %+v", receipt)
			}
			if fake.stream(1).bytes != 0 || content.bytes != size {
				t.Errorf("%d bytes sent, %d read", fake.stream(1).bytes, content.bytes)
			}
		})
	}
}

func TestANewContentThatIsHashedFirstIsSentAndNotHashedAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		data := randomBytes(5*testChunk + 1)
		fake := knowing([]byte("another content"))
		c, stop := fake.serve(t, WithChunkSize(testChunk))
		defer stop()
		content := &countingReader{reader: bytes.NewReader(data)}
		receipt, err := c.Upload(t.Context(), "a.bin", content, int64(len(data)), WithHashFirst())
		mustReceipt(t, receipt, err)
		if receipt.Sent != int64(len(data)) || receipt.Deduplicated || content.bytes != 2*len(data) {
			t.Errorf("%d bytes read, receipt %+v", content.bytes, receipt)
		}
		if first := fake.stream(1).first; len(first.GetData()) != 0 || first.GetChecksum() != hexSum(data) {
			t.Errorf("first message %v", first)
		}
	})
}

func TestAContentThatIsNamedIsNotReadWhereTheServerHasIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		data := randomBytes(20 << 20)
		c, stop := knowing(data).serve(t)
		defer stop()
		for _, opts := range [][]UploadOption{
			{WithChecksum(hexSum(data))},
			{WithChecksum(hexSum(data)), WithUploadID("mine")},
			{WithChecksum(hexSum(data)), WithUploadID("mine")}, // its receipt again
		} {
			receipt, err := c.UploadFile(t.Context(), writeFile(t, "b.bin", data), opts...)
			mustReceipt(t, receipt, err)
			if receipt.Sent != 0 || !receipt.Deduplicated {
				t.Errorf("receipt %+v", receipt)
			}
			receipt, err = c.Upload(t.Context(), "b.bin", unreadable{}, int64(len(data)), opts[0])
			mustReceipt(t, receipt, err)
		}
	})
}

func TestAStreamThatIsNamedIsNotReadWhereTheServerHasIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		data := randomBytes(3 * testChunk)
		c, stop := knowing(data).serve(t, WithChunkSize(testChunk))
		defer stop()
		content := iotest.ErrReader(errors.New("it was read"))
		receipt, err := c.UploadReader(t.Context(), "b.bin", content, WithChecksum(hexSum(data)))
		mustReceipt(t, receipt, err)
		if receipt.Sent != 0 || receipt.Size != int64(len(data)) {
			t.Errorf("receipt %+v", receipt)
		}
	})
}

func TestAContentThatIsNotTheNamedOneIsNotStored(t *testing.T) {
	named := hexSum([]byte("what it should be"))
	data := randomBytes(3 * testChunk)
	for name, opts := range map[string][]UploadOption{
		"found when it is sent":   {WithChecksum(named)},
		"found when it is hashed": {WithChecksum(named), WithHashFirst()},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeServer()
				c, stop := fake.serve(t, WithChunkSize(testChunk))
				defer stop()
				_, err := c.UploadWithRetry(t.Context(), writeFile(t, "a.bin", data), opts...)
				if !errors.Is(err, ErrChecksumDiffers) || len(fake.files) != 0 || fake.streamCount() > 1 {
					t.Errorf("error %v, %d files, %d streams", err, len(fake.files), fake.streamCount())
				}
				if len(opts) == 2 && fake.streamCount() != 0 {
					t.Error("a stream was opened")
				}
			})
		})
	}
}

func TestWhatNamesNoContentIsRefusedBeforeAnythingIsSent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		c, stop := fake.serve(t)
		defer stop()
		for _, sum := range []string{"12", "xyz", hexSum(nil) + "00"} {
			if _, err := c.UploadFile(t.Context(), writeFile(t, "a.bin", nil), WithChecksum(sum)); err == nil {
				t.Errorf("%q was taken", sum)
			}
		}
		if _, err := c.UploadReader(t.Context(), "a.bin", bytes.NewReader(nil), WithHashFirst()); err == nil {
			t.Error("a stream was read twice")
		}
		paths := []string{writeFile(t, "a.bin", nil), writeFile(t, "b.bin", nil)}
		if _, err := c.UploadFilesConcurrently(t.Context(), paths, 2, WithChecksum(hexSum(nil))); err == nil {
			t.Error("two files got one checksum")
		}
		if fake.streamCount() != 0 {
			t.Errorf("%d streams", fake.streamCount())
		}
	})
}

func TestIfAbsentMakesNoSecondFile(t *testing.T) {
	bubble(t, func(t *testing.T) {
		data := randomBytes(testChunk)
		fake := knowing(data)
		c, stop := fake.serve(t)
		defer stop()
		receipt, err := c.UploadFile(t.Context(), writeFile(t, "a.bin", data), WithIfAbsent(), WithHashFirst())
		mustReceipt(t, receipt, err)
		if !receipt.Existed || receipt.FileID != "there" || !fake.stream(1).first.GetIfAbsent() {
			t.Errorf("receipt %+v", receipt)
		}
	})
}

func TestTheExpiryGoesWithTheHeader(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		c, stop := fake.serve(t)
		defer stop()
		at := time.Now().Add(time.Hour).UTC()
		receipt, err := c.UploadFile(t.Context(), writeFile(t, "a.bin", nil), WithExpireTime(at))
		mustReceipt(t, receipt, err)
		if !receipt.ExpireTime.Equal(at) || !fake.stream(1).first.GetExpireTime().AsTime().Equal(at) {
			t.Errorf("expires %s", receipt.ExpireTime)
		}
		receipt, err = c.UploadFile(t.Context(), writeFile(t, "b.bin", nil), WithExpireTime(time.Time{}))
		mustReceipt(t, receipt, err)
		if fake.stream(2).first.GetExpireTime() != nil || !receipt.ExpireTime.IsZero() {
			t.Error("the zero time is an expiry")
		}
	})
}

// The server answers after the first message, while the client has far more to
// send than fits on the way.
func TestAnAnswerBeforeTheEndIsAReceipt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		data := randomBytes(20 << 20)
		fake := newFakeServer()
		fake.refuse = func(int) error {
			u := fake.only(t)
			u.data = data
			u.complete(hexSum(data))
			return nil
		}
		c, stop := fake.serve(t)
		defer stop()
		var last Progress
		receipt, err := c.UploadFile(t.Context(), writeFile(t, "a.bin", data), WithProgress(func(p Progress) { last = p }))
		mustReceipt(t, receipt, err)
		if receipt.Size != int64(len(data)) || receipt.Sent == 0 || receipt.Sent >= receipt.Size {
			t.Errorf("receipt %+v", receipt)
		}
		if last.State != TransferDone || last.Durable != receipt.Size || last.Transferred != receipt.Sent {
			t.Errorf("progress %+v", last)
		}
	})
}

// Everything is there already when the scanner fails.
func TestAFailedScanIsTriedAgainWithoutTheBytes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		data := randomBytes(3 * testChunk)
		fake := newFakeServer()
		fake.fault = func(stream int, received int64) error {
			if stream <= 2 && received == int64(len(data)) {
				return fakeError(codes.Unavailable, "SCAN_FAILED", "the scanner is down",
					&errdetails.RetryInfo{RetryDelay: durationpb.New(time.Minute)})
			}
			return nil
		}
		c, stop := fake.serve(t, WithChunkSize(testChunk))
		defer stop()
		begun := time.Now()
		receipt, err := c.UploadWithRetry(t.Context(), writeFile(t, "a.bin", data))
		mustReceipt(t, receipt, err)
		if receipt.Attempts != 3 || receipt.Sent != int64(len(data)) || time.Since(begun) < 2*time.Minute {
			t.Errorf("after %s: receipt %+v", time.Since(begun), receipt)
		}
	})
}
