package client

import (
	"context"
	"testing"
	"time"
)

func newTestPacker(points <-chan *DataPoint, w *window) *packer[*DataPoint] {
	w.limits = frameLimits{bytes: defaultFrameBytes, items: 10}
	return &packer[*DataPoint]{
		batch: batch{window: w, pool: newFramePool(), size: 500, delay: time.Hour},
		items: points, encoder: &pointEncoder{},
	}
}

// A call that was cancelled must not look complete: its stream would be closed
// as if everything had been sent.
func TestPackerLeavesTheWindowOpenWhenItsContextEnds(t *testing.T) {
	for name, waiting := range map[string]int{"without points": 0, "with a frame begun": 3} {
		t.Run(name, func(t *testing.T) {
			points := make(chan *DataPoint, waiting)
			for i := range waiting {
				points <- testPoint(i)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			w := newWindow(10)
			newTestPacker(points, w).run(ctx, 1)
			if w.closed {
				t.Error("the window is closed")
			}
		})
	}
}

func TestPackerNumbersFramesFromTheOneGiven(t *testing.T) {
	w := newWindow(10)
	newTestPacker(feed(t.Context(), testPoints(25)), w).run(t.Context(), 41)
	for i, want := range []frame{{sequence: 41, items: 10, end: 10}, {sequence: 42, items: 10, end: 20}, {sequence: 43, items: 5, end: 25}} {
		if f := w.frames[i]; f.sequence != want.sequence || f.items != want.items || f.end != want.end {
			t.Errorf("frame %d: %+v", i, f)
		}
	}
	if !w.closed || w.err != nil || len(w.frames) != 3 {
		t.Errorf("%d frames, error %v", len(w.frames), w.err)
	}
}
