package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var sizes = []int{0, 1, testChunk - 1, testChunk, testChunk + 1, 3 * testChunk, 3*testChunk + 7}

func TestUploadFileBringsEveryByte(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeServer()
				c, stop := fake.serve(t, WithChunkSize(testChunk))
				defer stop()
				data := randomBytes(size)
				receipt, err := c.UploadFile(t.Context(), writeFile(t, "a.bin", data), WithContentType("x/y"),
					WithMetadata(map[string]string{"k": "v"}))
				mustReceipt(t, receipt, err)

				upload := fake.only(t)
				if !bytes.Equal(upload.data, data) {
					t.Error("the server has other bytes")
				}
				if upload.header.GetTotalSize() != int64(size) || upload.header.TotalSize == nil {
					t.Errorf("declared size %v", upload.header.TotalSize)
				}
				if upload.header.GetMetadata()["k"] != "v" || upload.header.GetContentType() != "x/y" {
					t.Errorf("header %v", upload.header)
				}
				first := fake.stream(1)
				if want := min(size, testChunk); len(first.first.GetData()) != want {
					t.Errorf("first message carries %d bytes, want %d", len(first.first.GetData()), want)
				}
				if want := max(1, (size+testChunk-1)/testChunk); first.messages != want {
					t.Errorf("%d messages, want %d", first.messages, want)
				}
				want := &Receipt{
					FileID: "file-" + receipt.UploadID, FileName: "a.bin", Size: int64(size), Checksum: hexSum(data),
					ContentType: "text/plain", UploadID: receipt.UploadID, Streams: 1, Attempts: 1, Status: UploadAvailable,
					Sent: int64(size), Duration: receipt.Duration, Rate: receipt.Rate,
				}
				if diff := cmp.Diff(want, receipt); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestUploadReaderNeedsNoSize(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeServer()
				c, stop := fake.serve(t, WithChunkSize(testChunk))
				defer stop()
				data := randomBytes(size)
				receipt, err := c.UploadReader(t.Context(), "a.bin", iotest.HalfReader(bytes.NewReader(data)))
				mustReceipt(t, receipt, err)
				upload := fake.only(t)
				if !bytes.Equal(upload.data, data) || receipt.Checksum != hexSum(data) {
					t.Error("the server has other bytes")
				}
				if upload.header.TotalSize != nil {
					t.Error("a size was declared")
				}
			})
		})
	}
}

func TestUploadTakesARandomAccessReader(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		c, stop := fake.serve(t, WithChunkSize(testChunk))
		defer stop()
		data := randomBytes(3*testChunk + 1)
		receipt, err := c.Upload(t.Context(), "a.bin", bytes.NewReader(data), int64(len(data)), WithFileName("b.bin"))
		mustReceipt(t, receipt, err)
		if receipt.FileName != "b.bin" || receipt.Checksum != hexSum(data) {
			t.Errorf("receipt %+v", receipt)
		}
		if _, err := c.Upload(t.Context(), "a.bin", bytes.NewReader(nil), -1); err == nil {
			t.Error("a negative size was taken")
		}
	})
}

func TestUploadReaderReportsTheReadersError(t *testing.T) {
	for _, broken := range []error{errors.New("disk on fire"), io.ErrClosedPipe} {
		bubble(t, func(t *testing.T) {
			fake := newFakeServer()
			c, stop := fake.serve(t, WithChunkSize(testChunk))
			defer stop()
			content := io.MultiReader(bytes.NewReader(randomBytes(2*testChunk)), iotest.ErrReader(broken))
			if _, err := c.UploadReader(t.Context(), "a.bin", content); !errors.Is(err, broken) {
				t.Errorf("error %v, want %v", err, broken)
			}
		})
	}
}

func TestUploadNormalisesNames(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		c, stop := fake.serve(t)
		defer stop()
		receipt, err := c.UploadFile(t.Context(), writeFile(t, "a\u0308.txt", nil))
		mustReceipt(t, receipt, err)
		if receipt.FileName != "\u00e4.txt" {
			t.Errorf("name %+q", receipt.FileName)
		}
	})
}

func TestUploadRefusesNamesThatAreNotUTF8(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		c, stop := fake.serve(t)
		defer stop()
		_, err := c.Upload(t.Context(), "a\xff", bytes.NewReader(nil), 0)
		if err == nil || !strings.Contains(err.Error(), "UTF-8") {
			t.Errorf("error %v", err)
		}
		if fake.streamCount() != 0 {
			t.Error("a stream was opened")
		}
	})
}

func TestUploadStopsAtARefusal(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		fake.refuse = func(int) error { return fakeError(codes.InvalidArgument, "NAME_INVALID", "file_name: is bad") }
		c, stop := fake.serve(t, WithChunkSize(testChunk))
		defer stop()
		content := &countingReader{reader: bytes.NewReader(randomBytes(64 << 20))}
		_, err := c.Upload(t.Context(), "a.bin", content, 64<<20)
		e := wantError(t, err, codes.InvalidArgument, "NAME_INVALID")
		if !strings.Contains(err.Error(), "file_name: is bad") || e.UploadID == "" {
			t.Errorf("error %v of upload %q", err, e.UploadID)
		}
		if status.Code(err) != codes.InvalidArgument {
			t.Errorf("status code %v", status.Code(err))
		}
		if content.bytes > 8<<20 {
			t.Errorf("%d bytes were read after the refusal", content.bytes)
		}
	})
}

func TestUploadOfAFinishedIDGetsTheSameReceipt(t *testing.T) {
	data := randomBytes(64 * testChunk)
	tests := []struct {
		name    string
		content []byte
		want    error
	}{
		{"same content", data, nil},
		{"other content", slices.Concat([]byte{data[0] ^ 1}, data[1:]), ErrContentDiffers},
		{"other size", data[1:], ErrContentDiffers},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeServer()
				c, stop := fake.serve(t, WithChunkSize(testChunk))
				defer stop()
				first, err := c.Upload(t.Context(), "a.bin", bytes.NewReader(data), int64(len(data)), WithUploadID("u1"))
				mustReceipt(t, first, err)
				second, err := c.Upload(t.Context(), "a.bin", bytes.NewReader(test.content), int64(len(test.content)), WithUploadID("u1"))
				if !errors.Is(err, test.want) {
					t.Fatalf("error %v, want %v", err, test.want)
				}
				if err == nil && second.FileID != first.FileID {
					t.Errorf("file %s, then %s", first.FileID, second.FileID)
				}
				if sent := fake.stream(2).bytes; sent != 0 {
					t.Errorf("%d bytes were taken in again", sent)
				}
			})
		})
	}
}

// A process that knows an upload id goes on where another one was.
func TestUploadResumesANamedUpload(t *testing.T) {
	bubble(t, func(t *testing.T) {
		data := randomBytes(20*testChunk + 3)
		fake := newFakeServer()
		c, stop := fake.serve(t, WithChunkSize(testChunk))
		defer stop()
		fake.fault = func(stream int, received int64) error {
			if stream == 1 && received > 10*testChunk {
				return draining(0, received)
			}
			return nil
		}
		path := writeFile(t, "a.bin", data)
		_, err := c.UploadFile(t.Context(), path, WithUploadID("u1"))
		e := wantError(t, err, codes.Unavailable, "DRAINING")
		if e.UploadID != "u1" || e.Position.Durable != 11*testChunk {
			t.Errorf("upload %q at %+v", e.UploadID, e.Position)
		}
		receipt, err := c.UploadFile(t.Context(), path, WithUploadID("u1"))
		mustReceipt(t, receipt, err)
		if receipt.Resumed != 11*testChunk || receipt.Streams != 2 || receipt.DuplicateBytes != 0 {
			t.Errorf("receipt %+v", receipt)
		}
		if receipt.Checksum != hexSum(data) {
			t.Error("the gap was not hashed")
		}
	})
}

// What changed in the part that the server has is found before anything is sent.
func TestUploadDoesNotGoOnWithAnotherFile(t *testing.T) {
	bubble(t, func(t *testing.T) {
		data := randomBytes(20 * testChunk)
		fake := newFakeServer()
		c, stop := fake.serve(t, WithChunkSize(testChunk))
		defer stop()
		fake.fault = func(stream int, received int64) error {
			if stream == 1 && received > 10*testChunk {
				return draining(0, received)
			}
			return nil
		}
		_, err := c.UploadFile(t.Context(), writeFile(t, "a.bin", data), WithUploadID("u1"))
		wantError(t, err, codes.Unavailable, "DRAINING")
		data[5] ^= 1
		var states []TransferState
		note := WithProgress(func(p Progress) { states = append(states, p.State) })
		_, err = c.UploadWithRetry(t.Context(), writeFile(t, "b.bin", data), WithUploadID("u1"), WithFileName("a.bin"), note)
		if !errors.Is(err, ErrContentDiffers) || !strings.Contains(err.Error(), fmt.Sprint(11*testChunk)) {
			t.Errorf("error %v", err)
		}
		if sent := fake.stream(2).bytes; sent != 0 || fake.streamCount() != 2 {
			t.Errorf("%d bytes of another file were sent, %d streams", sent, fake.streamCount())
		}
		data[5] ^= 1
		receipt, err := c.UploadFile(t.Context(), writeFile(t, "a.bin", data), WithUploadID("u1"))
		mustReceipt(t, receipt, err)
		if receipt.Resumed != 11*testChunk {
			t.Errorf("resumed at %d", receipt.Resumed)
		}
	})
}

func TestUploadFailsWhenTheFileChanges(t *testing.T) {
	tests := []struct {
		name   string
		change func(path string) error
	}{
		{"shorter", func(path string) error { return os.Truncate(path, testChunk) }},
		{"longer", func(path string) error { return os.Truncate(path, 1<<20) }},
		{"modified", func(path string) error { return os.Chtimes(path, time.Time{}, time.Unix(1, 0)) }},
	}
	for _, test := range tests {
		for _, when := range []string{"while it is sent", "between attempts"} {
			t.Run(test.name+" "+when, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					path := writeFile(t, "a.bin", randomBytes(256*testChunk))
					fake := newFakeServer()
					fake.fault = func(stream int, received int64) error {
						if stream > 1 || received != testChunk {
							return nil
						}
						if err := test.change(path); err != nil {
							return err
						}
						if when == "between attempts" {
							return draining(time.Second, testChunk)
						}
						return nil
					}
					c, stop := fake.serve(t, WithChunkSize(testChunk))
					defer stop()
					if _, err := c.UploadWithRetry(t.Context(), path); !errors.Is(err, ErrFileChanged) {
						t.Errorf("error %v", err)
					}
					if fake.only(t).receipt != nil {
						t.Error("the server stored a torn file")
					}
					if fake.streamCount() != 1 {
						t.Errorf("%d streams", fake.streamCount())
					}
				})
			})
		}
	}
}

func TestUploadKeepsToTheServersMessageSize(t *testing.T) {
	tests := []struct {
		name       string
		limit      int64
		chunk      int
		atLeast    int
		wantStream int
	}{
		{"smaller than the first chunk", 1000, 64 << 10, 1000, 2},
		{"larger than the default", 1 << 20, 1 << 20, 300 << 10, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeServer()
				fake.maxMessage = test.limit
				c, stop := fake.serve(t, WithChunkSize(test.chunk))
				defer stop()
				data := randomBytes(8 << 20)
				receipt, err := c.UploadWithRetry(t.Context(), writeFile(t, "a.bin", data))
				mustReceipt(t, receipt, err)
				if fake.streamCount() != test.wantStream {
					t.Errorf("%d streams, want %d", fake.streamCount(), test.wantStream)
				}
				largest := fake.stream(test.wantStream).largest
				if int64(largest) > test.limit || largest < test.atLeast {
					t.Errorf("largest chunk %d", largest)
				}
			})
		})
	}
}

// What is read once can't be sent again in smaller pieces.
func TestUploadReaderSendsNothingBeforeItKnowsTheMessageSize(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		fake.maxMessage = 1000
		c, stop := fake.serve(t)
		defer stop()
		data := randomBytes(1 << 20)
		receipt, err := c.UploadReader(t.Context(), "a.bin", bytes.NewReader(data))
		mustReceipt(t, receipt, err)
		stream := fake.stream(1)
		if len(stream.first.GetData()) != 0 || stream.largest > 1000 {
			t.Errorf("first message of %d bytes, largest of %d", len(stream.first.GetData()), stream.largest)
		}
		if !bytes.Equal(fake.only(t).data, data) || receipt.Sent != int64(len(data)) {
			t.Errorf("the server has other bytes, or %d were sent", receipt.Sent)
		}
	})
}

// A message above every limit is refused before the server can say Hello.
func TestUploadWithRetryAsksForTheMessageSizeAfterARefusal(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		fake.maxMessage = 1000
		fake.refuse = func(stream int) error {
			if stream == 1 {
				return fakeError(codes.ResourceExhausted, reasonMessageTooLarge, "message too large")
			}
			return nil
		}
		c, stop := fake.serve(t)
		defer stop()
		receipt, err := c.UploadWithRetry(t.Context(), writeFile(t, "a.bin", randomBytes(1<<20)))
		mustReceipt(t, receipt, err)
		if receipt.Attempts != 2 || fake.stream(2).largest > 1000 {
			t.Errorf("%d attempts, largest chunk %d", receipt.Attempts, fake.stream(2).largest)
		}
	})
}

func TestUploadIsCancelledByItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		fake := newFakeServer()
		fake.fault = func(_ int, received int64) error {
			if received > 5*testChunk {
				cancel()
			}
			return nil
		}
		c, stop := fake.serve(t, WithChunkSize(testChunk))
		defer stop()
		_, err := c.UploadWithRetry(ctx, writeFile(t, "a.bin", randomBytes(4<<20)))
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if fake.streamCount() != 1 {
			t.Errorf("%d streams", fake.streamCount())
		}
	})
}

func TestUploadEndsWithTheClient(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		c, stop := fake.serve(t, WithChunkSize(testChunk))
		defer stop()
		fake.fault = func(_ int, received int64) error {
			if received == 5*testChunk {
				_ = c.Close()
			}
			return nil
		}
		begun := time.Now()
		_, err := c.UploadWithRetry(t.Context(), writeFile(t, "a.bin", randomBytes(4<<20)))
		if status.Code(err) != codes.Canceled || time.Since(begun) != 0 {
			t.Errorf("error %v after %s", err, time.Since(begun))
		}
	})
}

func TestUploadRefusesWhatIsNoFile(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		c, stop := fake.serve(t)
		defer stop()
		if _, err := c.UploadFile(t.Context(), t.TempDir()); err == nil {
			t.Error("a folder was uploaded")
		}
		if _, err := c.UploadFile(t.Context(), "no/such/file"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("error %v", err)
		}
	})
}

func TestRateLimitSpreadsTheBytes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		c, stop := fake.serve(t, WithRateLimit(100_000))
		defer stop()
		receipt, err := c.UploadFile(t.Context(), writeFile(t, "a.bin", randomBytes(1_000_000)))
		mustReceipt(t, receipt, err)
		if receipt.Duration < 9800*time.Millisecond || receipt.Duration > 10200*time.Millisecond {
			t.Errorf("1 MB at 100 kB/s took %s", receipt.Duration)
		}
		if largest := fake.stream(1).largest; largest > 12_500 {
			t.Errorf("a chunk of %d bytes at 100 kB/s", largest)
		}
	})
}

func TestRateLimitGivesUpBeforeADeadlineItCantMeet(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		c, stop := fake.serve(t, WithRateLimit(10_000))
		defer stop()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err := c.UploadWithRetry(ctx, writeFile(t, "a.bin", randomBytes(1_000_000)))
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
}

// However often and wherever it is cut, the file comes whole, and no byte that
// was durable is sent again.
func TestUploadWithRetrySurvivesCutsAnywhere(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for round := range 25 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				size := 1 + random.IntN(100*testChunk)
				cuts := make([]int64, 1+random.IntN(6))
				for i := range cuts {
					cuts[i] = random.Int64N(int64(size)) + 1
				}
				fake := newFakeServer()
				fake.durableLag = random.Int64N(3 * testChunk)
				fake.fault = func(stream int, received int64) error {
					if stream > len(cuts) || received < cuts[stream-1] {
						return nil
					}
					if stream%3 == 0 {
						fake.drop()
						return nil
					}
					return draining(time.Second, max(0, received-fake.durableLag))
				}
				if round%3 == 0 {
					fake.durableLag = 0
				}
				c, stop := fake.serve(t, WithChunkSize(testChunk))
				defer stop()
				data := randomBytes(size)
				receipt, err := c.UploadWithRetry(t.Context(), writeFile(t, "a.bin", data))
				mustReceipt(t, receipt, err)
				if !bytes.Equal(fake.only(t).data, data) || receipt.Checksum != hexSum(data) {
					t.Error("the server has other bytes")
				}
				if receipt.DuplicateBytes != 0 {
					t.Errorf("%d bytes were sent twice", receipt.DuplicateBytes)
				}
				for number := 2; number <= fake.streamCount(); number++ {
					if got := len(fake.stream(number).first.GetData()); got != 0 {
						t.Errorf("stream %d began with %d bytes instead of a question", number, got)
					}
				}
			})
		})
	}
}

// countingReader counts what is read; it is used by one goroutine.
type countingReader struct {
	reader io.ReaderAt
	bytes  int
}

func (r *countingReader) ReadAt(p []byte, offset int64) (int, error) {
	n, err := r.reader.ReadAt(p, offset)
	r.bytes += n
	return n, err
}

func wantError(t *testing.T, err error, code codes.Code, reason string) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Code != code || e.Reason != reason {
		t.Fatalf("error %v, want %v %s", err, code, reason)
	}
	return e
}
