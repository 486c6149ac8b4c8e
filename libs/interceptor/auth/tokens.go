package auth

import (
	"context"
	"errors"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"

	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// maxTokenBytes bounds what is decoded before the signature is checked.
const maxTokenBytes = 16 << 10

var (
	errCritical = errors.New("the header has critical extensions")
	errKeyID    = errors.New("the header names no key")
)

// keySource has the issuer's keys.
type keySource = jwkset.Storage

// tokens authenticates by JWTs. Safe for concurrent use.
type tokens struct {
	cfg    JWT
	parser *jwt.Parser
	keys   keyfunc.Keyfunc
}

func newTokens(cfg JWT, source keySource) (*tokens, error) {
	keys, err := keyfunc.New(keyfunc.Options{Storage: source})
	if err != nil {
		return nil, err
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods(cfg.Algorithms),
		jwt.WithIssuer(cfg.Issuer),
		jwt.WithAudience(cfg.Audience),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(cfg.Leeway),
		jwt.WithStrictDecoding(),
	)
	return &tokens{cfg: cfg, parser: parser, keys: keys}, nil
}

func (t *tokens) authenticate(ctx context.Context, text string) (principal.Principal, error) {
	if len(text) > maxTokenBytes {
		return principal.Principal{}, problem.New(problem.CredentialsInvalid, "the token is longer than %d KiB", maxTokenBytes>>10)
	}
	claims := jwt.MapClaims{}
	token, err := t.parser.ParseWithClaims(text, claims, t.keyFor(ctx))
	if err != nil {
		return principal.Principal{}, refusedToken(err)
	}
	p, err := t.cfg.principalOf(claims)
	if err != nil {
		return principal.Principal{}, err
	}
	p.Credential = credentialOf(token, claims)
	return p, nil
}

// keyFor finds the key that a token's header names, among the issuer's only:
// what the header brings along (jwk, jku, x5c, x5u) counts for nothing.
func (t *tokens) keyFor(ctx context.Context) jwt.Keyfunc {
	find := t.keys.KeyfuncCtx(ctx)
	return func(token *jwt.Token) (any, error) {
		// Who does not know a critical extension must refuse the token, and none
		// are known here.
		if _, there := token.Header["crit"]; there {
			return nil, errCritical
		}
		return find(token)
	}
}

// refusedToken says which check a token failed. The library's errors quote the
// token, so that they are not passed on, not even to the log.
func refusedToken(err error) error {
	if errors.Is(err, jwt.ErrTokenInvalidClaims) {
		return refusedClaims(err)
	}
	text := "the token is not a JWT that the server can read"
	switch {
	case errors.Is(err, jwkset.ErrKeyNotFound):
		text = "the token is signed with a key that its issuer does not publish (unknown kid)"
	case errors.Is(err, errKeyID):
		text = "the token names no key (kid), and its issuer has several"
	case errors.Is(err, errCritical):
		text = "the token has critical extensions (crit) that the server does not know"
	case errors.Is(err, jwt.ErrTokenSignatureInvalid), errors.Is(err, jwt.ErrTokenUnverifiable):
		text = "the token's signature or its algorithm is not one of the issuer's"
	}
	return problem.New(problem.CredentialsInvalid, "%s: get a token from the issuer that the server is configured for", text)
}

// refusedClaims is about a token whose signature is right. That it has expired
// is said only when nothing else is wrong.
func refusedClaims(err error) error {
	switch {
	case errors.Is(err, jwt.ErrTokenInvalidIssuer):
		return problem.New(problem.CredentialsInvalid, "the token is of another issuer (iss)")
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return problem.New(problem.CredentialsInvalid, "the token is for another audience (aud)")
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return problem.New(problem.CredentialsInvalid, "the token lacks one of the claims exp, iss and aud")
	case errors.Is(err, jwt.ErrTokenNotValidYet), errors.Is(err, jwt.ErrTokenUsedBeforeIssued):
		return problem.New(problem.CredentialsInvalid, "the token is not valid yet (nbf, iat): compare the clocks of issuer and server")
	case errors.Is(err, jwt.ErrInvalidType):
		return problem.New(problem.CredentialsInvalid, "one of the token's claims exp, nbf, iat, iss and aud has a wrong type")
	case errors.Is(err, jwt.ErrTokenExpired):
		return problem.New(problem.CredentialsExpired, "the token has expired (exp): send a fresh one")
	default:
		return problem.New(problem.CredentialsInvalid, "the token's claims are not valid")
	}
}

// expiry is when a token ends that was just found valid: at its exp, or when
// the leeway is over for one that was taken within it.
func (j JWT) expiry(exp, now time.Time) time.Time {
	if now.Before(exp) {
		return exp
	}
	return exp.Add(j.Leeway)
}
