package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/MicahParks/jwkset"
	"go.uber.org/zap"
	"golang.org/x/time/rate"
)

const (
	// fetchTimeout bounds one fetch of the keys.
	fetchTimeout = 5 * time.Second
	// fetchGap is the least time between two fetches for unknown keys: tokens
	// that name made-up keys must not become a load on the issuer.
	fetchGap     = 10 * time.Second
	maxRedirects = 3
)

// remote is the key set at a URL. One goroutine fetches it, never a call: a
// call that is cancelled must not undo what others wait for.
type remote struct {
	*keySet

	url    string
	every  time.Duration
	client *http.Client
	opts   Options
	// wanted wakes the fetching goroutine.
	wanted chan struct{}

	mu      sync.Mutex // Guards what follows.
	limiter *rate.Limiter
	// fetched is closed after the fetch that was asked for; nil when none was.
	fetched chan struct{}
}

// openRemote fetches the set for the first time.
func openRemote(ctx context.Context, cfg JWT, set *keySet, opts Options) (*remote, error) {
	r := &remote{
		keySet: set, url: cfg.JWKSURL, every: cfg.RefreshInterval, client: newClient(), opts: opts,
		wanted: make(chan struct{}, 1), limiter: rate.NewLimiter(rate.Every(fetchGap), 1),
	}
	if _, err := r.fetch(ctx); err != nil {
		r.client.CloseIdleConnections()
		return nil, fmt.Errorf("the issuer's keys cannot be had: %w", err)
	}
	return r, nil
}

func newClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxResponseHeaderBytes = 64 << 10
	return &http.Client{
		Transport: transport,
		Timeout:   fetchTimeout,
		CheckRedirect: func(request *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return errors.New("redirected too often")
			}
			return checkURL(request.URL)
		},
	}
}

// KeyRead returns a key. When it is not known, the set is fetched anew, at most
// every 10 s, and looked at once more.
func (r *remote) KeyRead(ctx context.Context, id string) (jwkset.JWK, error) {
	key, err := r.keySet.KeyRead(ctx, id)
	if !errors.Is(err, jwkset.ErrKeyNotFound) {
		return key, err
	}
	select {
	case <-r.ask():
	case <-ctx.Done():
		return jwkset.JWK{}, ctx.Err()
	}
	return r.keySet.KeyRead(ctx, id)
}

// ask asks for a fetch and returns a channel that is closed after it, or at once
// when it is too early for one. Calls that ask at the same time share one.
func (r *remote) ask() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fetched != nil {
		return r.fetched
	}
	done := make(chan struct{})
	if !r.limiter.Allow() {
		close(done)
		return done
	}
	r.fetched = done
	select {
	case r.wanted <- struct{}{}:
	default: // Nobody fetches any more.
	}
	return done
}

// answer tells those that wait that a fetch is over.
func (r *remote) answer() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fetched != nil {
		close(r.fetched)
		r.fetched = nil
	}
}

// run fetches the set again and again until ctx is done.
func (r *remote) run(ctx context.Context) {
	ticker := time.NewTicker(r.every)
	defer ticker.Stop()
	defer r.answer()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			r.refresh(ctx)
		case <-r.wanted:
			r.refresh(ctx)
			r.answer()
		}
	}
}

func (r *remote) refresh(ctx context.Context) {
	log := r.opts.Logger.With(zap.String("setting", "auth.jwt.jwks_url"))
	what, err := r.fetch(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		log.Error("the issuer's keys cannot be fetched; those that were there stay in force", zap.Error(err))
	case !what.empty():
		log.Info("the issuer's keys have changed", zap.Stringer("changes", what))
		r.opts.changed("auth.jwt.jwks_url", what.String())
	}
}

func (r *remote) fetch(ctx context.Context) (changes, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url, http.NoBody)
	if err != nil {
		return changes{}, err
	}
	request.Header.Set("Accept", "application/json")
	response, err := r.client.Do(request)
	if err != nil {
		return changes{}, err
	}
	defer func() { _ = response.Body.Close() }() // Nothing was written.
	if response.StatusCode != http.StatusOK {
		return changes{}, fmt.Errorf("GET %s answered %s", r.url, response.Status)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, maxSetBytes+1))
	if err != nil {
		return changes{}, fmt.Errorf("GET %s: %w", r.url, err)
	}
	what, err := r.replace(data)
	if err != nil {
		return changes{}, fmt.Errorf("GET %s: %w", r.url, err)
	}
	return what, nil
}
