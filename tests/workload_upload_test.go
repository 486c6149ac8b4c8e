package tests

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

const (
	// pooled is how many contents are uploaded again and again.
	pooled = 6
	// poolSeed is that of the first of them.
	poolSeed = 500
	// newcomerSeed is the first of the contents of those who take an upload over.
	newcomerSeed = 1 << 40
	// smallSize bounds what is sent in one message.
	smallSize = 64 << 10
)

func (l *workload) uploadNext(ctx context.Context) error { return l.bring(ctx, l.next()) }

// bring uploads, or leaves an upload open that can be gone on with.
func (l *workload) bring(ctx context.Context, w *work) error {
	receipt, err := l.upload(ctx, w)
	return l.note(w, receipt, err)
}

// note remembers how an upload ended.
func (l *workload) note(w *work, receipt *fileuploadv1.UploadFileResponse, err error) error {
	err = l.answer(err)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.open = append(l.open, w)
		return fmt.Errorf("upload %s: %w", w.name, err)
	}
	l.keep(receipt.GetFileId(), w)
	l.done.stored++
	if receipt.GetDeduplicated() {
		l.done.deduplicated++
	}
	if receipt.GetExisted() {
		l.done.existed++
	}
	return nil
}

// keep remembers a file with a receipt, unless another receipt told of it before.
// The caller holds mu.
func (l *workload) keep(id string, w *work) {
	known := l.taken[id] || l.acknowledged[id] != nil || l.deleting[id] != nil || l.deleted[id] != nil
	if !known {
		l.acknowledged[id] = &kept{work: w}
	}
}

// uploadSmall sends a small file in one message. Nothing of it can be resumed.
func (l *workload) uploadSmall(ctx context.Context) error {
	l.mu.Lock()
	name := l.name("small")
	content := testkit.NewContent(uint64(l.named)+1000, l.random.Int64N(smallSize))
	w := l.add(&work{name: name, content: content, whole: true})
	l.mu.Unlock()
	return l.bring(ctx, w)
}

// uploadSame uploads content of the pool under a new name.
func (l *workload) uploadSame(ctx context.Context) error {
	l.mu.Lock()
	w := l.add(l.poolWork(l.name("same"), l.random.IntN(pooled)))
	l.mu.Unlock()
	return l.bring(ctx, w)
}

// uploadOnce uploads content of the pool under a name of its own, if it is not
// there.
func (l *workload) uploadOnce(ctx context.Context) error {
	l.mu.Lock()
	n := l.random.IntN(pooled)
	w := l.poolWork(fmt.Sprintf("once-%d.bin", n), n)
	w.once = true
	l.add(w)
	l.mu.Unlock()
	return l.bring(ctx, w)
}

// poolWork uploads content of the pool in one of three ways: in one message if it
// is small, in many, or by its hash first. The caller holds mu.
func (l *workload) poolWork(name string, n int) *work {
	size := int64(n+1) * 20_000
	if n%2 == 1 {
		size *= 10
	}
	w := &work{name: name, content: testkit.NewContent(uint64(poolSeed+n), size)}
	switch l.random.IntN(3) {
	case 0:
		w.whole = size <= smallSize
	case 1:
		w.named = true
	}
	return w
}

// cutOne begins an upload and breaks it off at a random place.
func (l *workload) cutOne(ctx context.Context) error {
	l.mu.Lock()
	w := l.fresh(2)
	end := 1 + l.random.Int64N(w.content.Size()-1)
	l.mu.Unlock()
	u, hello, err := l.greet(ctx, w)
	if err == nil {
		err = u.sendFrom(w.content, hello.GetNext(), end)
		u.cancel()
	}
	err = l.answer(err)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, w)
	if err != nil {
		return fmt.Errorf("cut %s: %w", w.name, err)
	}
	l.done.cut++
	return nil
}

// fenceOne lets a newcomer take an upload over from a stream that goes on sending
// other bytes.
func (l *workload) fenceOne(ctx context.Context) error {
	l.mu.Lock()
	w := l.fresh(2)
	first, second := w.content, testkit.NewContent(uint64(l.named)+newcomerSeed, w.content.Size())
	l.mu.Unlock()
	receipt, err := l.takeOver(ctx, w, first, second)
	if l.answer(err) == nil {
		l.mu.Lock()
		l.done.fenced++
		l.mu.Unlock()
	}
	return l.note(w, receipt, err)
}

func (l *workload) takeOver(ctx context.Context, w *work, first, second source) (*fileuploadv1.UploadFileResponse, error) {
	old, _, err := l.greet(ctx, w)
	if err != nil {
		return nil, err
	}
	defer old.cancel()
	if err := old.sendFrom(first, 0, first.Size()/3); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- l.sendOn(old, first) }()
	receipt, err := l.follow(ctx, w, first, second)
	if err != nil {
		old.cancel()
		<-ended
		return nil, err
	}
	return receipt, l.checkFenced(<-ended)
}

// sendOn sends all but the last byte, which would be the end, and returns why the
// server ended the stream. A replica may not know of the newcomer until it is asked
// to store something.
func (l *workload) sendOn(u *upload, content source) error {
	err := u.sendFrom(content, content.Size()/3, content.Size()-1)
	if err != nil {
		return err
	}
	if len(l.peers) == 1 {
		return u.ended()
	}
	_, err = u.finish()
	return err
}

// follow goes on with an upload that another stream carries, with bytes of its own.
func (l *workload) follow(ctx context.Context, w *work, first, second source) (*fileuploadv1.UploadFileResponse, error) {
	u, hello, err := l.greet(ctx, w)
	if err != nil {
		return nil, err
	}
	defer u.cancel()
	w.content = spliced{first: first, second: second, at: hello.GetNext()}
	return l.sendRest(ctx, u, hello, w)
}

// checkFenced looks at how a stream ended that was taken over. A replica may find
// out only when it wants to store something, or be killed while another goes on.
func (l *workload) checkFenced(err error) error {
	r := refusalOf(err)
	switch {
	case r.code == codes.Aborted && r.reason == "FENCED":
		return nil
	case len(l.peers) > 1 && r.reason == "INCOMPLETE":
		return nil
	case l.crashing.Load() && r.code == codes.Unavailable && r.reason == "":
		return nil
	}
	return errors.Join(fmt.Errorf("%w: a stream that was taken over was not fenced", errBroken), err)
}
