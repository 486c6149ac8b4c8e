package auth_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/problem"
)

const patience = 20 * time.Second

// issuerTest is a server that fetches its keys from an issuer.
type issuerTest struct {
	*publisher

	server  *auth.Credentials
	logs    *observer.ObservedLogs
	changed func() []string
}

func fetching(t *testing.T, every time.Duration, signers ...signer) issuerTest {
	t.Helper()
	i := issuerTest{publisher: publish(t, signers...)}
	core, logs := observer.New(zap.InfoLevel)
	record, changed := recorder()
	i.server = opened(t, auth.Config{JWT: jwtConfig(auth.JWT{JWKSURL: i.URL, RefreshInterval: every})},
		auth.Options{Logger: zap.New(core), Changed: record})
	i.logs, i.changed = logs, changed
	return i
}

func (i issuerTest) reasonFor(t *testing.T, s signer) problem.Reason {
	t.Helper()
	_, err := call(t, i.server, s.sign(t, claims(nil)))
	return problem.ReasonOf(err)
}

func TestNewKeyOfTheIssuerIsFetchedWhenATokenNamesIt(t *testing.T) {
	old, next := newRSA(t, "old", 2048), newEC(t, "next")
	i := fetching(t, time.Hour, old)
	require.Empty(t, i.reasonFor(t, old))
	require.Equal(t, 1, i.count())

	i.serve(jwks(t, old, next))
	var calls sync.WaitGroup
	reasons := make([]problem.Reason, 20)
	for n := range reasons {
		calls.Go(func() { reasons[n] = i.reasonFor(t, next) })
	}
	calls.Wait()
	require.Equal(t, make([]problem.Reason, 20), reasons, "all that wait for the fetch are let in")
	require.Equal(t, 2, i.count(), "they share one")
	require.Empty(t, i.reasonFor(t, old))
	require.Equal(t, []string{`auth.jwt.jwks_url: added "next"`}, i.changed())
}

func TestMadeUpKeysAreNoLoadOnTheIssuer(t *testing.T) {
	good := newEC(t, "good")
	i := fetching(t, time.Hour, good)
	for range 200 {
		_, err := call(t, i.server, good.sign(t, claims(nil), header("kid", rand.Text())))
		require.ErrorContains(t, err, "unknown kid")
	}
	require.LessOrEqual(t, i.count(), 3, "one at the start, and one every 10 s")
	require.Empty(t, i.reasonFor(t, good))
}

func TestCallThatIsCancelledDoesNotUndoTheFetch(t *testing.T) {
	old, next := newEC(t, "old"), newEC(t, "next")
	i := fetching(t, time.Hour, old)
	arrived, proceed := make(chan struct{}), make(chan struct{})
	rotated := jwks(t, old, next)
	i.handle(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-proceed
		_, _ = w.Write(rotated)
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	token := next.sign(t, claims(nil))
	go func() {
		_, err := i.server.Authenticate(incoming(ctx, token))
		ended <- err
	}()
	<-arrived
	cancel()
	require.Error(t, <-ended, "the cancelled call does not wait")
	close(proceed)
	require.Eventually(t, func() bool { return i.reasonFor(t, next) == "" }, patience, 10*time.Millisecond)
	require.Equal(t, 2, i.count())
}

func TestRemovedKeyIsRefusedAfterARefresh(t *testing.T) {
	stays, removed := newEC(t, "stays"), newRSA(t, "removed", 2048)
	i := fetching(t, time.Second, stays, removed)
	require.Empty(t, i.reasonFor(t, removed))
	i.serve(jwks(t, stays))
	require.Eventually(t, func() bool { return i.reasonFor(t, removed) == problem.CredentialsInvalid }, patience, 50*time.Millisecond)
	require.Empty(t, i.reasonFor(t, stays))
	require.Equal(t, []string{`auth.jwt.jwks_url: removed "removed"`}, i.changed())
}

func TestFailingIssuerKeepsItsKeys(t *testing.T) {
	answers := map[string]http.HandlerFunc{
		"an error": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"a page":   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"no keys":  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"keys":[]}`)) },
		"too much": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte(" "), 1<<20)) },
		"a detour": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
		},
		"no answer":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"other JSON": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"error":"x"}`)) },
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good := newEC(t, "good")
			i := fetching(t, time.Second, good)
			i.handle(answer)
			failed := func() bool { return i.logs.FilterLevelExact(zap.ErrorLevel).Len() > 0 }
			require.Eventually(t, failed, patience, 20*time.Millisecond)
			require.Empty(t, i.reasonFor(t, good))
			require.Empty(t, i.changed())
		})
	}
}

func TestServerDoesNotStartWithoutKeys(t *testing.T) {
	tests := []struct {
		name, want string
		answer     http.HandlerFunc
	}{
		{"an error", "answered 500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }},
		{"no keys", "none of the 0 keys", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{}`)) }},
		{"no JSON", "no JSON Web Key Set", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := publish(t)
			p.handle(test.answer)
			_, err := auth.Config{JWT: jwtConfig(auth.JWT{JWKSURL: p.URL})}.Open(t.Context(), auth.Options{Logger: zap.NewNop()})
			require.ErrorContains(t, err, "auth.jwt.jwks_url: the issuer's keys cannot be had")
			require.ErrorContains(t, err, test.want)
		})
	}
	gone := publish(t)
	gone.Close()
	_, err := auth.Config{JWT: jwtConfig(auth.JWT{JWKSURL: gone.URL})}.Open(t.Context(), auth.Options{Logger: zap.NewNop()})
	require.ErrorContains(t, err, "connection refused")
}
