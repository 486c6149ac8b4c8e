package client

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

func TestNewStreamingClientRefusesOptionsItCantKeep(t *testing.T) {
	tests := []struct {
		name   string
		target string
		opt    Option
		want   string
	}{
		{"no target", "", WithPlaintext(), "target is empty"},
		{"address of the web", "http://127.0.0.1:7070", WithPlaintext(), "give host:port alone"},
		{"no port", "127.0.0.1", WithPlaintext(), "is not host:port"},
		{"no port of a v6 address", "::1", WithPlaintext(), "is not host:port"},
		{"no host", ":7070", WithPlaintext(), "is not host:port"},
		{"empty port", "localhost:", WithPlaintext(), "no port"},
		{"port that is a word", "localhost:sluice", WithPlaintext(), "no port"},
		{"chunk too small", "localhost:1", WithChunkSize(0), "chunk size 0"},
		{"chunk too large", "localhost:1", WithChunkSize(65 << 20), "chunk size"},
		{"negative rate", "localhost:1", WithRateLimit(-1), "rate limit"},
		{"no attempts", "localhost:1", WithRetry(RetryPolicy{MaxAttempts: -1}), "attempts"},
		{"backoff backwards", "localhost:1", WithRetry(RetryPolicy{InitialBackoff: 2, MaxBackoff: 1}), "no range"},
		{"shrinking backoff", "localhost:1", WithRetry(RetryPolicy{Multiplier: 0.5}), "multiplier"},
		{"jitter beyond all", "localhost:1", WithRetry(RetryPolicy{Jitter: 1.5}), "jitter"},
		{"TLS and plaintext", "localhost:1", func(o *options) {
			WithPlaintext()(o)
			WithTLS(&tls.Config{MinVersion: tls.VersionTLS13})(o)
		}, "exclude each other"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := NewStreamingClient(test.target, test.opt)
			if err == nil {
				_ = c.Close()
				t.Fatal("it was taken")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not say %q", err, test.want)
			}
		})
	}
}

func TestNewStreamingClientTakesTargetsOfGRPC(t *testing.T) {
	for _, target := range []string{
		"localhost:7070", "[::1]:7070", "files.example.com:443", "dns:///files.example.com:8443", "dns:files.example.com",
		"unix:/run/sluice.sock", "unix:///run/sluice.sock", "unix-abstract:sluice", "passthrough:///anything",
	} {
		c, err := NewStreamingClient(target)
		if err != nil {
			t.Errorf("%q was refused: %v", target, err)
			continue
		}
		_ = c.Close()
	}
}

func TestOnlyLocalTargetsArePlaintextByDefault(t *testing.T) {
	tests := map[string]bool{
		"localhost:50051":               true,
		"LOCALHOST:1":                   true,
		"127.0.0.1:50051":               true,
		"127.8.8.8":                     true,
		"[::1]:50051":                   true,
		"dns:localhost:50051":           true,
		"dns:///127.0.0.1:50051":        true,
		"passthrough:///[::1]:1":        true,
		"unix:/run/sluice.sock":         true,
		"unix:///run/sluice.sock":       true,
		"unix-abstract:sluice":          true,
		"files.example.com:443":         false,
		"files.example.com":             false,
		"dns:///files.example.com:443":  false,
		"dns://127.0.0.1/example.com:1": false,
		"localhost.example.com:443":     false,
		"10.0.0.1:443":                  false,
		"[2001:db8::1]:443":             false,
	}
	for target, want := range tests {
		if got := isLocal(target); got != want {
			t.Errorf("isLocal(%q) is %v", target, got)
		}
	}
}

func TestTheAPIKeyTravelsWithEachCall(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		c, stop := fake.serve(t, WithAPIKey("slk_secret"), WithUserAgent("test/1"))
		defer stop()
		receipt, err := c.UploadFile(t.Context(), writeFile(t, "a.bin", nil))
		mustReceipt(t, receipt, err)
		if got := fake.metadata[0].Get("authorization"); len(got) != 1 || got[0] != "Bearer slk_secret" {
			t.Errorf("authorization %q", got)
		}
		if got := fake.metadata[0].Get("user-agent"); len(got) != 1 || !strings.HasPrefix(got[0], "test/1 ") {
			t.Errorf("user agent %q", got)
		}
	})
}

// Not even a caller's own dial options make the key readable on the way.
func TestTheAPIKeyIsRefusedInPlaintextToOthers(t *testing.T) {
	plaintext := WithDialOptions(grpc.WithTransportCredentials(insecure.NewCredentials()))
	c, err := NewStreamingClient("files.example.com:443", WithAPIKey("slk_secret"), plaintext)
	if err == nil {
		_ = c.Close()
		t.Fatal("the key would travel in plaintext")
	}
	c, err = NewStreamingClient("files.example.com:443", WithAPIKey("slk_secret"), WithPlaintext())
	if err != nil {
		t.Fatalf("refused although asked for: %v", err)
	}
	_ = c.Close()
}

func TestMonitorConnectionTellsEachChange(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		c, stop := fake.serve(t)
		states := make(chan ConnectionState, 16)
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.MonitorConnection(t.Context(), func(s ConnectionState) { states <- s })
		}()
		if got := <-states; got != ConnectionIdle {
			t.Errorf("begins %s", got)
		}
		// Connecting may be over before it is looked at.
		got := <-states
		if got == ConnectionConnecting {
			got = <-states
		}
		if got != ConnectionReady {
			t.Errorf("state %s, want ready", got)
		}
		time.Sleep(time.Minute)
		if len(states) != 0 {
			t.Errorf("%d changes of a connection that stayed", len(states))
		}
		fake.drop()
		for state := range states {
			if state == ConnectionReady {
				break
			}
		}
		stop()
		<-done
		var last ConnectionState
		for len(states) > 0 {
			last = <-states
		}
		if last != ConnectionClosed {
			t.Errorf("ended %s", last)
		}
	})
}
