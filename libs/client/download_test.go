package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

func TestDownloadBringsTheRangeAskedFor(t *testing.T) {
	data := randomBytes(10_500)
	tests := []struct {
		name string
		opts []DownloadOption
		want []byte
	}{
		{"whole", nil, data},
		{"from the middle", []DownloadOption{WithOffset(5000)}, data[5000:]},
		{"a part", []DownloadOption{WithOffset(5000), WithLength(1234)}, data[5000:6234]},
		{"beyond the end", []DownloadOption{WithOffset(10_000), WithLength(1 << 62)}, data[10_000:]},
		{"nothing", []DownloadOption{WithLength(0)}, nil},
		{"nothing at the end", []DownloadOption{WithOffset(10_500)}, nil},
	}
	for _, test := range tests {
		for _, cut := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, cut %v", test.name, cut), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					fake := newFakeServer()
					fake.store("f1", "a.bin", data)
					fake.downloadFault = func(call int, sent int64) error {
						if cut && call < 4 && sent >= 1000 {
							return draining(0, 0)
						}
						return nil
					}
					c, stop := fake.serve(t)
					defer stop()
					var got bytes.Buffer
					file, err := c.Download(t.Context(), "f1", &got, test.opts...)
					if err != nil {
						t.Fatal(err)
					}
					if !bytes.Equal(got.Bytes(), test.want) {
						t.Errorf("got %d other bytes, want %d", got.Len(), len(test.want))
					}
					if file.ID != "f1" || file.Size != int64(len(data)) || file.Checksum != hexSum(data) {
						t.Errorf("file %+v", file)
					}
				})
			})
		}
	}
}

func TestDownloadFindsDamage(t *testing.T) {
	tests := []struct {
		name   string
		damage func(call int, m *fileuploadv1.DownloadFileResponse)
		want   error
	}{
		{"once on the way", func(call int, m *fileuploadv1.DownloadFileResponse) {
			if call == 1 && m.GetOffset() == 3000 {
				m.Data[5] ^= 1
			}
		}, nil},
		{"always on the way", func(_ int, m *fileuploadv1.DownloadFileResponse) { m.Data[5] ^= 1 }, ErrDamaged},
		{"in the store", func(_ int, m *fileuploadv1.DownloadFileResponse) {
			m.Data[5] ^= 1
			m.Crc32C = nil
		}, ErrDamaged},
		{"out of order", func(_ int, m *fileuploadv1.DownloadFileResponse) { m.Offset++ }, ErrDamaged},
		{"too much", func(_ int, m *fileuploadv1.DownloadFileResponse) {
			m.Data = append(m.Data, make([]byte, 20_000)...)
			m.Crc32C = nil
		}, ErrDamaged},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeServer()
				data := randomBytes(10_500)
				fake.store("f1", "a.bin", data)
				fake.damage = test.damage
				c, stop := fake.serve(t)
				defer stop()
				path := filepath.Join(t.TempDir(), "a.bin")
				_, err := c.DownloadFile(t.Context(), "f1", path)
				if !errors.Is(err, test.want) {
					t.Fatalf("error %v, want %v", err, test.want)
				}
				if got, _ := os.ReadFile(path); (err == nil) != bytes.Equal(got, data) {
					t.Errorf("%d bytes at the path, error %v", len(got), err)
				}
			})
		})
	}
}

func TestDownloadFileReplacesAtOnceOrNotAtAll(t *testing.T) {
	tests := []struct {
		name   string
		fileID string
		want   codes.Code
	}{
		{"found", "f1", codes.OK},
		{"not found", "f2", codes.NotFound},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeServer()
				data := randomBytes(2500)
				fake.store("f1", "a.bin", data)
				c, stop := fake.serve(t)
				defer stop()
				path := writeFile(t, "a.bin", []byte("before"))
				_, err := c.DownloadFile(t.Context(), test.fileID, path)
				content := data
				if test.want != codes.OK {
					wantError(t, err, test.want, "FILE_NOT_FOUND")
					content = []byte("before")
				} else if err != nil {
					t.Fatal(err)
				}
				if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, content) {
					t.Errorf("the path holds %d other bytes: %v", len(got), err)
				}
				if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
					t.Errorf("left behind: %v", left)
				}
			})
		})
	}
}

func TestDownloadGivesUpWithoutProgress(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		fake.store("f1", "a.bin", randomBytes(2500))
		fake.downloadFault = func(int, int64) error { return draining(time.Second, 0) }
		c, stop := fake.serve(t, WithRetry(RetryPolicy{MaxAttempts: 3}))
		defer stop()
		_, err := c.Download(t.Context(), "f1", &bytes.Buffer{})
		wantError(t, err, codes.Unavailable, "DRAINING")
		if len(fake.downloads) != 3 {
			t.Errorf("%d attempts", len(fake.downloads))
		}
	})
}

// What was right before needs no other options.
func TestAServerThatHasAnsweredIsNotSuspectedOfTLS(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		fake.store("f1", "a.bin", randomBytes(2500))
		var gone atomic.Bool
		fake.downloadFault = func(int, int64) error {
			gone.Store(true)
			fake.drop()
			return nil
		}
		register := func(s *grpc.Server) { fileuploadv1.RegisterFileUploadServiceServer(s, fake) }
		c, stop := serveBufconn(t, register, func(conn net.Conn) net.Conn {
			if gone.Load() {
				_ = conn.Close()
				return hungUp{conn}
			}
			fake.mu.Lock()
			defer fake.mu.Unlock()
			fake.conns = append(fake.conns, conn)
			return conn
		}, WithRetry(RetryPolicy{MaxAttempts: 3}))
		defer stop()
		_, err := c.Download(t.Context(), "f1", &bytes.Buffer{})
		if e, ok := AsError(err); !ok || e.ConnectionFault() != FaultHungUp {
			t.Errorf("%v with %s", err, e.ConnectionFault())
		}
		if !strings.Contains(err.Error(), "try again when the server is back") {
			t.Error(err)
		}
	})
}

// hungUp is a connection that the other side has closed.
type hungUp struct{ net.Conn }

func (hungUp) Read([]byte) (int, error)    { return 0, io.EOF }
func (hungUp) Write(p []byte) (int, error) { return len(p), nil }

func TestDownloadStopsPausingWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		fake.store("f1", "a.bin", randomBytes(2500))
		fake.downloadFault = func(int, int64) error { return draining(time.Hour, 0) }
		c, stop := fake.serve(t)
		defer stop()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := c.Download(ctx, "f1", &bytes.Buffer{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
}

// The file behind an identifier never changes; a server that says otherwise
// after a cut is not believed.
func TestDownloadNoticesAnotherFileAfterACut(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		fake.store("f1", "a.bin", randomBytes(2500))
		fake.downloadFault = func(_ int, sent int64) error {
			if sent < 1000 {
				return nil
			}
			fake.mu.Lock()
			defer fake.mu.Unlock()
			file := fake.files["f1"]
			file.info = proto.CloneOf(file.info)
			file.info.Checksum = hexSum(nil)
			return draining(0, 0)
		}
		c, stop := fake.serve(t)
		defer stop()
		if _, err := c.Download(t.Context(), "f1", &bytes.Buffer{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("error %v", err)
		}
	})
}

func TestDownloadRefusesImpossibleRanges(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		fake.store("f1", "a.bin", randomBytes(10))
		c, stop := fake.serve(t)
		defer stop()
		if _, err := c.Download(t.Context(), "f1", &bytes.Buffer{}, WithOffset(-1)); err == nil {
			t.Error("a negative offset was taken")
		}
		_, err := c.Download(t.Context(), "f1", &bytes.Buffer{}, WithOffset(11))
		wantError(t, err, codes.OutOfRange, "RANGE_INVALID")
		if _, err := c.DownloadFile(t.Context(), "f1", filepath.Join(t.TempDir(), "x"), WithLength(1)); err == nil {
			t.Error("a range replaced a file")
		}
	})
}
