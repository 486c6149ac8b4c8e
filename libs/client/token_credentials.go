package client

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// tokenSourceFailed begins the text of a call's failure that the token source is
// to blame for.
const tokenSourceFailed = "the token source failed: "

var errUnusableToken = errors.New("it gave a token that is empty or has other characters than visible ASCII")

// tokenCredentials are the tokens of a source as gRPC's credentials of each
// call.
type tokenCredentials struct {
	source    TokenSource
	plaintext bool
}

// GetRequestMetadata is called by gRPC with the context of the call.
func (t tokenCredentials) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	token, err := t.source.Token(ctx)
	if err == nil && !usableToken(token) {
		err = errUnusableToken
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, status.FromContextError(ctx.Err()).Err()
		}
		return nil, status.Error(codes.Unavailable, tokenSourceFailed+err.Error())
	}
	if used, ok := ctx.Value(usedTokenKey{}).(*usedToken); ok {
		used.token.Store(&token)
	}
	return map[string]string{"authorization": "Bearer " + token}, nil
}

// RequireTransportSecurity makes gRPC refuse a connection on which the token
// could be read, for example one made by a caller's own dial option.
func (t tokenCredentials) RequireTransportSecurity() bool { return !t.plaintext }

// usableToken tells whether a header can carry the token.
func usableToken(token string) bool {
	return token != "" && strings.IndexFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// usedToken is the token that the newest call of a context was made with.
type usedToken struct {
	token atomic.Pointer[string]
}

type usedTokenKey struct{}

// in returns a context whose calls tell their tokens.
func (u *usedToken) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, usedTokenKey{}, u)
}

// get returns the token, and false when none was used.
func (u *usedToken) get() (string, bool) {
	if token := u.token.Load(); token != nil {
		return *token, true
	}
	return "", false
}
