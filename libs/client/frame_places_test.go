package client

import (
	"testing"

	"pgregory.net/rapid"
)

func TestFramePlacesFindEachItem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.Int64Range(1, 1<<40).Draw(t, "first")
		var places framePlaces
		var end int64
		for i, items := range rapid.SliceOfN(rapid.IntRange(1, 3), 1, 50).Draw(t, "frames") {
			end += int64(items)
			f := &frame{sequence: first + int64(i), items: items, end: end}
			places.add(f)
			for index := range items {
				if got, want := places.place(f.sequence, index), end-int64(items)+int64(index); got != want {
					t.Fatalf("item %d of frame %d is %d, want %d", index, i, got, want)
				}
			}
			if places.place(f.sequence+1, 0) != -1 || places.place(first-1, 0) != -1 {
				t.Fatal("a place of a frame that was never added")
			}
		}
	})
}

func TestFramePlacesAreBounded(t *testing.T) {
	var places framePlaces
	var end int64
	for sequence := int64(1); sequence <= 3*maxFrameRuns; sequence++ {
		items := 1 + int(sequence%2)
		end += int64(items)
		places.add(&frame{sequence: sequence, items: items, end: end})
	}
	if len(places.runs) != maxFrameRuns || places.place(maxFrameRuns, 0) < 0 || places.place(maxFrameRuns+1, 0) != -1 {
		t.Errorf("%d runs, frame %d is at %d", len(places.runs), maxFrameRuns+1, places.place(maxFrameRuns+1, 0))
	}
}
