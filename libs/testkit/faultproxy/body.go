package faultproxy

import (
	"context"
	"errors"
	"io"

	"golang.org/x/time/rate"
)

// pieceBytes is the most that passes at once.
const pieceBytes = 4 << 10

// errCut breaks the connection that reads it.
var errCut = errors.New("faultproxy: cut here")

// spoiling is what happens to a body, at places from its start; 0 for never.
type spoiling struct {
	cut, stall, flip int64
	perSecond        int
}

func (p *Proxy) spoil(ctx context.Context, body io.ReadCloser, how spoiling) io.ReadCloser {
	b := &spoiled{ReadCloser: body, ctx: ctx, proxy: p, how: how}
	if how.perSecond > 0 {
		b.limit = rate.NewLimiter(rate.Limit(how.perSecond), pieceBytes)
	}
	return b
}

// spoiled is the body of a request or an answer.
type spoiled struct {
	io.ReadCloser
	ctx    context.Context
	proxy  *Proxy
	how    spoiling
	passed int64
	limit  *rate.Limiter
}

func (b *spoiled) Read(p []byte) (int, error) {
	switch {
	case b.how.cut > 0 && b.passed >= b.how.cut:
		return 0, errCut
	case b.how.stall > 0 && b.passed >= b.how.stall:
		b.proxy.wait(b.ctx)
		return 0, errCut
	}
	n, err := b.ReadCloser.Read(p[:b.most(len(p))])
	b.flip(p[:n])
	b.passed += int64(n)
	if b.limit != nil && n > 0 {
		if err := b.limit.WaitN(b.ctx, n); err != nil {
			return 0, err
		}
	}
	return n, err
}

// flip changes a bit if its byte is among these.
func (b *spoiled) flip(p []byte) {
	at := b.how.flip - b.passed
	if b.how.flip > 0 && at >= 0 && at < int64(len(p)) {
		p[at] ^= 1
	}
}

// most is how much of n bytes may be read now.
func (b *spoiled) most(n int) int {
	if b.limit != nil {
		n = min(n, pieceBytes)
	}
	for _, end := range []int64{b.how.cut, b.how.stall} {
		if end > 0 {
			n = int(min(int64(n), end-b.passed))
		}
	}
	return n
}
