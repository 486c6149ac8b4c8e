package client

import (
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// watching returns a server that tells these statuses of the upload "u1", one
// after the other.
func watching(statuses ...UploadStatus) *fakeServer {
	fake := begunUpload(randomBytes(100), 50)
	told := 0
	fake.watch = func(_ *fakeUpload, state *fileuploadv1.Upload) error {
		state.Status = fileuploadv1.UploadStatus(statuses[told])
		state.BytesPerSecond, state.TimeLeft, state.Progress = 25, durationpb.New(2*time.Second), new(0.5)
		told++
		return nil
	}
	return fake
}

func TestAWatchEndsBehindEachFinalStatus(t *testing.T) {
	for _, final := range []UploadStatus{UploadAvailable, UploadQuarantined, UploadAborted, UploadExpired, UploadDeleted} {
		t.Run(final.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				statuses := []UploadStatus{UploadReceiving, UploadVerifying, UploadScanning, final}
				c, stop := watching(statuses...).serve(t)
				defer stop()
				var got []UploadStatus
				for state, err := range c.WatchUpload(t.Context(), "u1") {
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, state.Status)
					if state.Rate != 25 || state.TimeLeft != 2*time.Second || state.Done != 0.5 || state.Total != 100 ||
						state.Position != (Position{Received: 50, Durable: 50}) {
						t.Errorf("state %+v", state)
					}
				}
				if len(got) != len(statuses) || got[3] != final {
					t.Errorf("statuses %v", got)
				}
			})
		})
	}
}

func TestAWatchIsBegunAnewAfterACut(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := begunUpload(randomBytes(100), 50)
		calls := 0
		fake.watch = func(_ *fakeUpload, state *fileuploadv1.Upload) error {
			calls++
			switch calls {
			case 2:
				return draining(time.Second, 0)
			case 3:
				state.Status = fileuploadv1.UploadStatus_UPLOAD_STATUS_AVAILABLE
			}
			return nil
		}
		c, stop := fake.serve(t)
		defer stop()
		var got []UploadStatus
		for state, err := range c.WatchUpload(t.Context(), "u1") {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, state.Status)
		}
		if len(got) != 2 || got[1] != UploadAvailable {
			t.Errorf("statuses %v", got)
		}
	})
}

func TestAWatchTellsWhyItCannotGoOn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, stop := newFakeServer().serve(t)
		defer stop()
		for _, err := range c.WatchUpload(t.Context(), "none") {
			wantError(t, err, codes.NotFound, "UPLOAD_NOT_FOUND")
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c2, stop2 := watching(UploadReceiving, UploadReceiving, UploadReceiving).serve(t)
		defer stop2()
		var last error
		for _, err := range c2.WatchUpload(ctx, "u1") {
			cancel()
			last = err
		}
		if !errors.Is(last, context.Canceled) {
			t.Errorf("error %v", last)
		}
	})
}

func TestAWatchEndsWithItsLoop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, stop := watching(UploadReceiving, UploadReceiving).serve(t)
		defer stop()
		for _, err := range c.WatchUpload(t.Context(), "u1") {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
	})
}

// The server scans for a second after it has everything.
func TestProgressTellsThatTheServerScans(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		data := randomBytes(watchedSize + 1)
		fake.watch = func(u *fakeUpload, state *fileuploadv1.Upload) error {
			if len(u.data) == len(data) {
				state.Status = fileuploadv1.UploadStatus_UPLOAD_STATUS_SCANNING
			}
			return nil
		}
		fake.fault = func(_ int, received int64) error {
			if received == int64(len(data)) {
				time.Sleep(time.Second)
			}
			return nil
		}
		c, stop := fake.serve(t)
		defer stop()
		seen := map[TransferState]bool{}
		receipt, err := c.UploadFile(t.Context(), writeFile(t, "a.bin", data), WithProgress(func(p Progress) { seen[p.State] = true }))
		mustReceipt(t, receipt, err)
		if !seen[TransferScanning] {
			t.Errorf("states %v", seen)
		}
	})
}
