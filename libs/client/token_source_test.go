package client

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
)

func TestATokenFileIsReadForEachCall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	source := TokenFile(path)
	if _, err := source.Token(t.Context()); err == nil {
		t.Error("a file that is not there gave a token")
	}
	for _, token := range []string{"first", "second"} {
		if err := os.WriteFile(path, []byte("\n "+token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := source.Token(t.Context()); got != token || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if err := os.WriteFile(path, bytes.Repeat([]byte("secret"), 20_000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := source.Token(t.Context()); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a file that is too large: %v", err)
	}
}

// Kubernetes replaces a folder by a symbolic link.
func TestATokenFileFollowsItsLink(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"one", "two"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
		link := filepath.Join(folder, "link")
		if err := os.Symlink(name, link); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(link, filepath.Join(folder, "token")); err != nil {
			t.Fatal(err)
		}
		if got, err := TokenFile(filepath.Join(folder, "token")).Token(t.Context()); got != name || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

func TestATokenThatNoHeaderCarriesIsNotSent(t *testing.T) {
	for _, token := range []string{"", "secret with spaces", "secret\nother: header", "secret\x00", "sécret"} {
		bubble(t, func(t *testing.T) {
			fake := newFakeLogs()
			c, stop := fake.serve(t, WithTokenSource(StaticToken(token)), WithRetry(RetryPolicy{MaxAttempts: 1}))
			defer stop()
			err := c.FlushLogs(t.Context())
			e := wantError(t, err, codes.Unavailable, "")
			if strings.Contains(err.Error(), "cret") || e.ConnectionFault() != FaultNone {
				t.Errorf("%q: %v with %s", token, err, e.ConnectionFault())
			}
		})
	}
}

func TestASourceThatFailsIsAskedAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeLogs()
		c, stop := fake.serve(t, WithTokenSource(&failingSource{left: 3}))
		defer stop()
		result, err := sendEntries(t, c, testEntries(5))
		if err != nil || result.Received != 5 {
			t.Errorf("%+v, %v", result, err)
		}
	})
}

func TestASourceThatKeepsFailingIsToBlame(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeLogs()
		c, stop := fake.serve(t, WithTokenSource(&failingSource{left: 1000}), WithRetry(RetryPolicy{MaxAttempts: 3}))
		defer stop()
		_, err := sendEntries(t, c, testEntries(5))
		e := sendError(t, err, codes.Unavailable, "")
		if !strings.Contains(err.Error(), "the token source failed: the issuer is away") || e.ConnectionFault() != FaultNone {
			t.Errorf("%v with %s", err, e.ConnectionFault())
		}
	})
}

func TestAStaticTokenIsNotPrinted(t *testing.T) {
	for _, format := range []string{"%v", "%s", "%+v"} {
		if text := fmt.Sprintf(format, StaticToken("secret")); strings.Contains(text, "secret") {
			t.Errorf("%s prints %s", format, text)
		}
	}
}

// Not even a caller's own dial options make the token readable on the way.
func TestATokenIsRefusedInPlaintextToOthers(t *testing.T) {
	plaintext := WithDialOptions(grpc.WithTransportCredentials(insecure.NewCredentials()))
	if c, err := NewStreamingClient("logs.example.com:443", WithTokenSource(StaticToken("t")), plaintext); err == nil {
		_ = c.Close()
		t.Fatal("the token would travel in plaintext")
	}
}
