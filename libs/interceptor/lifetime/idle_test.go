package lifetime

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"pgregory.net/rapid"

	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

func TestIdleStreamsEnd(t *testing.T) {
	const idle = 5 * time.Minute
	tests := []struct {
		name   string
		script script
		work   time.Duration
		// lasts is when the stream is cut as idle; 0 for not at all.
		lasts time.Duration
	}{
		{"nothing comes", script{}, 0, idle},
		{"nothing comes any more", script{arrivals: every(4*time.Minute, 1, 3)}, 0, 12*time.Minute + idle},
		{"a message comes just in time", script{arrivals: every(idle-1, 1, 20), closes: true}, 0, 0},
		{"the server is the slow one", script{arrivals: every(time.Second, 1, 3), closes: true}, time.Hour, 0},
		{"the server takes its time after the end", script{closes: true}, time.Hour, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lasted, err := call(t, Config{IdleTimeout: idle}, principal.Anonymous, clientStream, &test.script, receiveAll(test.work))
				if test.lasts == 0 {
					require.NoError(t, err)
					return
				}
				require.Equal(t, problem.StreamIdle, problem.ReasonOf(err))
				require.Equal(t, test.lasts, lasted)
			})
		})
	}
}

func TestAServerStreamIsIdleOnlyBeforeItsRequest(t *testing.T) {
	tests := map[string]struct {
		script script
		reason problem.Reason
	}{
		"no request comes": {script{}, problem.StreamIdle},
		"it has come":      {script{arrivals: every(time.Second, 1, 1)}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := call(t, DefaultConfig(), principal.Anonymous, serverStream, &test.script, func(_ any, s grpc.ServerStream) error {
					err := s.RecvMsg(nil)
					if err == nil {
						<-time.After(10 * defaultIdleTimeout) // The server has nothing to send.
						err = s.Context().Err()
					}
					return err
				})
				if test.reason == "" {
					require.NoError(t, err)
					return
				}
				require.Equal(t, test.reason, problem.ReasonOf(err))
			})
		})
	}
}

// Whatever comes when: a stream is cut exactly when one receive has waited for
// the timeout.
func TestOnlyAnIdleReceiveEndsTheStream(t *testing.T) {
	const idle = time.Minute
	rapid.Check(t, func(r *rapid.T) {
		work := time.Duration(rapid.Int64Range(0, int64(2*idle)).Draw(r, "work"))
		gaps := rapid.SliceOfN(rapid.Int64Range(0, int64(idle)+int64(idle)/20), 0, 30).Draw(r, "gaps")
		s := script{closes: true}
		var at, cutAt time.Duration
		for _, gap := range gaps {
			if time.Duration(gap)-work >= idle && len(s.arrivals) > 0 || time.Duration(gap) >= idle && len(s.arrivals) == 0 {
				break
			}
			s.arrivals = append(s.arrivals, arrival{after: time.Duration(gap)})
		}
		if len(s.arrivals) < len(gaps) {
			s.closes = false
		}
		for i, a := range s.arrivals {
			if i == 0 {
				at += a.after
			} else {
				at += max(a.after, work)
			}
		}
		if len(s.arrivals) > 0 {
			at += work
		}
		cutAt = at + idle
		var lasted time.Duration
		var err error
		synctest.Test(t, func(t *testing.T) {
			lasted, err = call(t, Config{IdleTimeout: idle}, principal.Anonymous, clientStream, &s, receiveAll(work))
		})
		switch {
		case s.closes && err != nil:
			r.Fatalf("cut after %s: %v", lasted, err)
		case !s.closes && (problem.ReasonOf(err) != problem.StreamIdle || lasted != cutAt):
			r.Fatalf("ended after %s, want %s: %v", lasted, cutAt, err)
		}
	})
}
