package faultproxy

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"sync"
	"testing"

	"go.uber.org/zap"
)

// Proxy passes HTTP requests on to a server. Safe for concurrent use. It ends
// with the test.
type Proxy struct {
	server  *httptest.Server
	reverse *httputil.ReverseProxy
	ctx     context.Context // ends with the test

	mu     sync.Mutex // guards what follows
	faults []*armed
	seen   []string
}

// armed is a fault that waits for its requests.
type armed struct {
	Fault
	passed, hit int
}

// New starts a proxy on a loopback port before target, `host:port`, which it
// speaks plain HTTP to. Requests keep their Host header.
func New(t testing.TB, target string) *Proxy {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p := &Proxy{ctx: ctx}
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16}
	p.reverse = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", target, r.In.Host
		},
		Transport:      transport,
		FlushInterval:  -1,
		ModifyResponse: func(answer *http.Response) error { return p.spoilAnswer(answer) },
		ErrorHandler:   func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ErrorLog:       zap.NewStdLog(zap.NewNop()),
	}
	p.server = httptest.NewUnstartedServer(p)
	p.server.Config.ErrorLog = p.reverse.ErrorLog
	p.server.Start()
	t.Cleanup(func() {
		cancel()
		p.server.CloseClientConnections()
		p.server.Close()
		transport.CloseIdleConnections()
	})
	return p
}

// Addr is where clients connect, `host:port`.
func (p *Proxy) Addr() string { return p.server.Listener.Addr().String() }

// Inject adds a fault. A request suffers the first fault that matches it and
// is not used up.
func (p *Proxy) Inject(fault Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, &armed{Fault: fault})
}

// Heal removes all faults. Requests that suffer one go on suffering it.
func (p *Proxy) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = nil
}

// Hits returns how often a fault has happened since the last [Proxy.Heal].
func (p *Proxy) Hits() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	hits := 0
	for _, a := range p.faults {
		hits += a.hit
	}
	return hits
}

// Requests returns the requests so far, as "METHOD path?query", and forgets
// them.
func (p *Proxy) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := p.seen
	p.seen = nil
	return seen
}

// ServeHTTP passes one request on.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault := p.pick(r)
	if fault.Status != 0 {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(fault.Status)
		_, _ = io.WriteString(w, fault.Body)
		return
	}
	if r.Body != nil && r.ContentLength != 0 {
		r.Body = p.spoil(r.Context(), r.Body, spoiling{
			cut: fault.CutRequest, stall: fault.StallRequest, flip: fault.FlipRequest, perSecond: fault.RequestRate,
		})
	}
	p.reverse.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), faultKey{}, fault)))
}

// faultKey finds a request's fault in its context.
type faultKey struct{}

func (p *Proxy) spoilAnswer(answer *http.Response) error {
	ctx := answer.Request.Context()
	fault, _ := ctx.Value(faultKey{}).(Fault)
	if fault.StallHeader {
		p.wait(ctx)
	}
	if fault.LoseAnswer || fault.StallHeader {
		_ = answer.Body.Close()
		panic(http.ErrAbortHandler)
	}
	answer.Body = p.spoil(ctx, answer.Body, spoiling{cut: fault.CutAnswer, stall: fault.StallAnswer, perSecond: fault.AnswerRate})
	return nil
}

// pick notes the request and returns what it suffers.
func (p *Proxy) pick(r *http.Request) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, r.Method+" "+r.URL.RequestURI())
	for _, a := range p.faults {
		if a.takes(r) {
			return a.Fault
		}
	}
	return Fault{}
}

func (a *armed) takes(r *http.Request) bool {
	if a.Times > 0 && a.hit == a.Times || a.Match != nil && !a.Match(r) {
		return false
	}
	if a.passed < a.Skip {
		a.passed++
		return false
	}
	a.hit++
	return true
}

// wait returns when the client gives up or the test ends.
func (p *Proxy) wait(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-p.ctx.Done():
	}
}
