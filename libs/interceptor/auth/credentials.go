package auth

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// checkInterval is how long a change of a file can go unseen.
const checkInterval = time.Second

// keyPrefix tells an API key from a JWT.
const keyPrefix = "slk_"

// Credentials are what a server takes its callers by: API keys and JWTs, each as
// "authorization: Bearer <token>" in the call's metadata, and client
// certificates. A token counts before a certificate, and one that is refused is
// not made up for by the certificate. Where nothing is configured every call is
// [principal.Anonymous].
//
// A change of a file, in place or by rename, holds a second later. A file that
// is gone, empty or broken changes nothing: what it had stays in force, and the
// log has an error. In-place writing can be seen half done: replace files by
// renaming another to their name.
type Credentials struct {
	// keys, certificates and tokens are nil where they are not configured.
	keys         *keys
	certificates *certificates
	tokens       *tokens

	// howTo tells a caller what to send.
	howTo string

	files []*file
	// remote is nil without auth.jwt.jwks_url.
	remote *remote
	stop   context.CancelFunc
	done   sync.WaitGroup
}

var _ Authenticator = (*Credentials)(nil)

// Authenticate returns the principal of the call's token or else of its client
// certificate.
func (c *Credentials) Authenticate(ctx context.Context) (principal.Principal, error) {
	if c.keys == nil && c.tokens == nil && c.certificates == nil {
		return principal.Anonymous, nil
	}
	token, sent, err := bearer(ctx, c.howTo)
	switch {
	case err != nil:
		return principal.Principal{}, err
	case sent:
		return c.byToken(ctx, token)
	case c.certificates == nil:
		return principal.Principal{}, c.missing()
	}
	certificate := verified(ctx)
	if certificate == nil {
		return principal.Principal{}, c.missing()
	}
	return c.certificates.authenticate(certificate, time.Now())
}

func (c *Credentials) missing() error {
	return problem.New(problem.CredentialsMissing, "the call has no credentials: %s", c.howTo)
}

func (c *Credentials) byToken(ctx context.Context, token string) (principal.Principal, error) {
	isKey := strings.HasPrefix(token, keyPrefix)
	switch {
	case isKey && c.keys != nil:
		return c.keys.authenticate(token, time.Now())
	case !isKey && c.tokens != nil:
		return c.tokens.authenticate(ctx, token)
	case isKey:
		return principal.Principal{}, problem.New(problem.CredentialsInvalid, "the server takes no API keys: %s", c.howTo)
	case c.keys != nil:
		return principal.Principal{}, problem.New(problem.CredentialsInvalid, "%s", apikey.ErrMalformed)
	default:
		return principal.Principal{}, problem.New(problem.CredentialsInvalid, "the server takes no bearer tokens: %s", c.howTo)
	}
}

// open loads a file now and whenever it changes.
func (c *Credentials) open(setting, path string, opts Options, load func() (string, error)) error {
	f, err := openFile(setting, path, opts, load)
	if err != nil {
		return err
	}
	c.files = append(c.files, f)
	return nil
}

func (c *Credentials) takeTokens(cfg JWT, keys keySource) error {
	tokens, err := newTokens(cfg, keys)
	c.tokens = tokens
	return err
}

// watch begins to look after the files and the issuer's keys.
func (c *Credentials) watch() {
	ctx, cancel := context.WithCancel(context.Background())
	c.stop = cancel
	if len(c.files) > 0 {
		c.done.Go(func() { c.poll(ctx) })
	}
	if c.remote != nil {
		c.done.Go(func() { c.remote.run(ctx) })
	}
}

func (c *Credentials) poll(ctx context.Context) {
	ticker := time.NewTicker(checkInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			for _, f := range c.files {
				f.poll()
			}
		}
	}
}

// Close ends the watching. Nobody's credentials are revoked by it.
func (c *Credentials) Close() {
	c.stop()
	c.done.Wait()
	c.release()
}

// release lets go of what is held without the watching.
func (c *Credentials) release() {
	if c.remote != nil {
		c.remote.client.CloseIdleConnections()
	}
}
