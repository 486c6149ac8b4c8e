package client

import "context"

// TokenSource gives the token that a call is authenticated with: a JWT, an API
// key, or whatever else the server takes as "authorization: Bearer".
//
// It is asked at the start of each call, with a context of the call, so it keeps
// a token as long as that is good. It must be safe for concurrent use. When the
// server refuses a token or ends a stream because the token has expired or was
// revoked, the client asks once more and goes on where it was, if it gets
// another token than the one refused.
//
// An oauth2.TokenSource of golang.org/x/oauth2 becomes one by a few lines:
//
//	type oauthTokens struct{ source oauth2.TokenSource }
//
//	func (o oauthTokens) Token(context.Context) (string, error) {
//		token, err := o.source.Token()
//		if err != nil {
//			return "", err
//		}
//		return token.AccessToken, nil
//	}
//
//	client.WithTokenSource(oauthTokens{config.TokenSource(ctx)})
//
// Such a source gives the same token until shortly before it expires by this
// machine's clock. Where clocks may differ, or tokens may be revoked, let it be a
// [TokenInvalidator] too.
type TokenSource interface {
	// Token returns a token that is good now. An error fails the call with the
	// code UNAVAILABLE and the error's text, and is retried as a broken connection
	// is.
	Token(ctx context.Context) (string, error)
}

// TokenInvalidator is a [TokenSource] that can be told that the server refused a
// token, so that it does not give that one again.
type TokenInvalidator interface {
	TokenSource

	// Invalidate forgets the token, if it is still the one that Token would
	// return.
	Invalidate(token string)
}

// StaticToken returns a source of one token.
func StaticToken(token string) TokenSource { return staticToken{token} }

type staticToken struct{ token string }

func (s staticToken) Token(context.Context) (string, error) { return s.token, nil }

// String keeps the token out of logs.
func (staticToken) String() string { return "a token that never changes" }
