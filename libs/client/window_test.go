package client

import (
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc/mem"
)

func stoppedTimer() *time.Timer {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	return timer
}

func testFrame(sequence int64, size int) *frame {
	return &frame{sequence: sequence, items: 1, end: sequence, size: size, buffer: mem.SliceBuffer(make([]byte, 1))}
}

func TestWindowIsBoundByFramesAndBytes(t *testing.T) {
	tests := []struct {
		name      string
		maxFrames int
		size      int
		want      int
	}{
		{"frames", 3, 10, 3},
		{"bytes", 100, windowBytes / 4, 4},
		{"one frame that is larger than all", 100, windowBytes + 1, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWindow(test.maxFrames)
			n := 0
			for w.offer(testFrame(int64(n)+1, test.size)) {
				n++
			}
			if n != test.want {
				t.Errorf("%d frames, want %d", n, test.want)
			}
			if _, err := w.next(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.release(1)
			if !w.offer(testFrame(int64(n)+1, test.size)) {
				t.Error("no room after a release")
			}
		})
	}
}

func TestWindowReleasesOnlyWhatWasSent(t *testing.T) {
	w := newWindow(10)
	for sequence := range int64(3) {
		w.offer(testFrame(sequence+1, 1))
	}
	if _, err := w.next(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.release(3)
	if durable, items := w.position(); durable != 1 || items != 1 {
		t.Errorf("durable %d, %d items", durable, items)
	}
}

func TestWindowRewindsToWhatTheServerWants(t *testing.T) {
	tests := []struct {
		name string
		next int64
		want int64 // first frame sent again; 0 for an error
	}{
		{"a frame that was released", 2, 0},
		{"the first one kept", 3, 3},
		{"a frame amid the window", 5, 5},
		{"the one behind the last", 7, 7},
		{"beyond", 8, 0},
		{"the beginning", 1, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWindow(10)
			for sequence := int64(1); sequence <= 6; sequence++ {
				w.offer(testFrame(sequence, 1))
				if _, err := w.next(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			w.release(2)
			err := w.rewind(test.next, frameLimits{})
			if test.want == 0 {
				if !errors.Is(err, ErrProducerDiffers) {
					t.Errorf("error %v", err)
				}
				return
			}
			w.offer(testFrame(7, 1))
			f, nextErr := w.next(t.Context())
			if err != nil || nextErr != nil || f.sequence != test.want {
				t.Errorf("sends frame %d, errors %v, %v", f.sequence, err, nextErr)
			}
		})
	}
}

func TestWindowStopsWaitingWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := newWindow(1)
	if _, err := w.next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("next: %v", err)
	}
	w.offer(testFrame(1, 1))
	if err := w.push(ctx, testFrame(2, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("push: %v", err)
	}
}

// A frame's buffer goes back to the pool when the window and gRPC have both let
// go of it, and not before.
func TestFrameReturnsToThePoolAfterItsLastUser(t *testing.T) {
	buffer := make([]byte, 2*firstFrameBytes)
	pool := &countingFramePool{}
	f := &frame{sequence: 1, size: 1, buffer: mem.NewBuffer(&buffer, pool)}
	w := newWindow(1)
	w.offer(f)
	taken, err := w.next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	onWire := taken.encode()
	users := []func(){func() { w.release(1) }, taken.buffer.Free, onWire.Free}
	for i, free := range users {
		if pool.back != 0 {
			t.Fatalf("back in the pool with %d users left", len(users)-i)
		}
		free()
	}
	if pool.back != 1 {
		t.Errorf("put back %d times", pool.back)
	}
}

type countingFramePool struct{ back int }

func (p *countingFramePool) Get(int) *[]byte { return new([]byte) }

func (p *countingFramePool) Put(*[]byte) { p.back++ }

// A small frame holds no large buffer.
func TestSmallFrameHasMemoryOfItsSize(t *testing.T) {
	pool := newFramePool()
	buffer := pool.Get(0)
	*buffer = append(*buffer, "frame"...)
	f := newFrame(1, 1, 1, buffer, pool)
	if data := f.buffer.ReadOnlyData(); string(data) != "frame" || cap(data) > 64 {
		t.Errorf("%q with capacity %d", data, cap(data))
	}
}
