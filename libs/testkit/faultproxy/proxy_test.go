package faultproxy_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit/faultproxy"
)

// received is what a request brought to the server.
type received struct {
	host string
	body []byte
	err  error
}

// echo answers with the request's body, and remembers what came.
type echo struct {
	mu   sync.Mutex
	came []received
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	e.mu.Lock()
	e.came = append(e.came, received{r.Host, body, err})
	e.mu.Unlock()
	_, _ = w.Write(body)
}

func (e *echo) requests() []received {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.came
}

// start starts a server with a proxy before it, and returns what sends a body.
func start(t *testing.T) (*echo, *faultproxy.Proxy, func(body []byte) ([]byte, int, error)) {
	t.Helper()
	return startFor(t, time.Minute)
}

// startFor is start with what sends giving up after so long.
func startFor(t *testing.T, patience time.Duration) (*echo, *faultproxy.Proxy, func(body []byte) ([]byte, int, error)) {
	t.Helper()
	server := &echo{}
	target := httptest.NewServer(server)
	t.Cleanup(target.Close)
	proxy := faultproxy.New(t, target.Listener.Addr().String())
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return server, proxy, func(body []byte) ([]byte, int, error) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://"+proxy.Addr()+"/a?part=1", bytes.NewReader(body))
		require.NoError(t, err)
		answer, err := client.Do(request)
		if err != nil {
			return nil, 0, err
		}
		defer func() { _ = answer.Body.Close() }()
		got, err := io.ReadAll(answer.Body)
		return got, answer.StatusCode, err
	}
}

func TestWithoutFaultsAllPasses(t *testing.T) {
	server, proxy, send := start(t)
	body := bytes.Repeat([]byte("0123456789"), 100_000)
	got, status, err := send(body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, body, got)
	require.Equal(t, proxy.Addr(), server.requests()[0].host, "a signature over the host stays good")
	require.Equal(t, []string{"PUT /a?part=1"}, proxy.Requests())
	require.Empty(t, proxy.Requests())
}

func TestARequestIsCutAtItsByte(t *testing.T) {
	server, proxy, send := start(t)
	proxy.Inject(faultproxy.Fault{CutRequest: 1000})
	_, _, err := send(make([]byte, 50_000))
	require.Error(t, err)
	require.Eventually(t, func() bool { return len(server.requests()) == 1 }, 10*time.Second, time.Millisecond)
	require.Len(t, server.requests()[0].body, 1000)
	require.Error(t, server.requests()[0].err)
}

func TestAnAnswerIsCutAtItsByte(t *testing.T) {
	_, proxy, send := start(t)
	proxy.Inject(faultproxy.Fault{CutAnswer: 1000})
	got, _, err := send(make([]byte, 50_000))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Len(t, got, 1000)
}

func TestALostAnswerReachedTheServer(t *testing.T) {
	server, proxy, send := start(t)
	proxy.Inject(faultproxy.Fault{LoseAnswer: true})
	_, _, err := send([]byte("body"))
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, "body", string(server.requests()[0].body))
}

func TestAStallLastsUntilTheClientGivesUp(t *testing.T) {
	for name, fault := range map[string]faultproxy.Fault{
		"request": {StallRequest: 10}, "answer": {StallAnswer: 10}, "header": {StallHeader: true},
	} {
		t.Run(name, func(t *testing.T) {
			_, proxy, send := startFor(t, time.Second)
			proxy.Inject(fault)
			_, _, err := send(make([]byte, 50_000))
			require.ErrorIs(t, err, context.DeadlineExceeded)
		})
	}
}

func TestAStatusIsAnsweredInPlaceOfTheServer(t *testing.T) {
	server, proxy, send := start(t)
	for _, fault := range []faultproxy.Fault{faultproxy.SlowDown(), faultproxy.InternalError()} {
		proxy.Heal()
		proxy.Inject(fault)
		got, status, err := send([]byte("body"))
		require.NoError(t, err)
		require.Equal(t, fault.Status, status)
		require.Equal(t, fault.Body, string(got))
	}
	require.Empty(t, server.requests())
}

func TestAFlippedBitIsTheOnlyDifference(t *testing.T) {
	server, proxy, send := start(t)
	body := make([]byte, 50_000)
	proxy.Inject(faultproxy.Fault{FlipRequest: 40_000})
	_, _, err := send(body)
	require.NoError(t, err)
	body[40_000] = 1
	require.Equal(t, body, server.requests()[0].body)
}

func TestARateIsKept(t *testing.T) {
	_, proxy, send := start(t)
	proxy.Inject(faultproxy.Fault{RequestRate: 100_000})
	began := time.Now()
	_, _, err := send(make([]byte, 50_000))
	require.NoError(t, err)
	require.Greater(t, time.Since(began), 400*time.Millisecond)
}

func TestFaultsChooseTheirRequests(t *testing.T) {
	_, proxy, send := start(t)
	proxy.Inject(faultproxy.SlowDown().On(http.MethodPost))
	proxy.Inject(faultproxy.SlowDown().On(http.MethodPut, "upload"))
	proxy.Inject(faultproxy.SlowDown().OnPath("/b"))
	proxy.Inject(faultproxy.SlowDown().On(http.MethodPut, "part").OnPath("/a").After(1).For(2))
	var statuses []int
	for range 5 {
		_, status, err := send([]byte("body"))
		require.NoError(t, err)
		statuses = append(statuses, status)
	}
	require.Equal(t, []int{200, 503, 503, 200, 200}, statuses)
	require.Equal(t, 2, proxy.Hits())
}
