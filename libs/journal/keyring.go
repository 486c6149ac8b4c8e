package journal

import "context"

// keyring has the next segment's data key ready, so that a segment does not wait
// for a key management service, nor stop at once when that is away. The writer
// and Open use it, one at a time.
type keyring struct {
	keys Keys
	id   identity
	// next is the key that is being made, or nil.
	next chan newKey
	// ctx ends when the journal closes.
	ctx  context.Context
	stop context.CancelFunc
}

func newKeyring(keys Keys, id identity) *keyring {
	r := &keyring{keys: keys, id: id}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r
}

// prepare begins to make the next key.
func (r *keyring) prepare() {
	next := make(chan newKey, 1)
	r.next = next
	go func() { next <- makeKey(r.ctx, r.keys, r.id) }()
}

// try makes the first key, so that a journal that can't seal does not open.
func (r *keyring) try() error {
	r.prepare()
	made := <-r.next
	r.next <- made
	return made.err
}

// take returns a key for a new segment, and has another one made.
func (r *keyring) take() (newKey, error) {
	if r.next == nil {
		r.prepare()
	}
	made := <-r.next
	r.next = nil
	if made.err != nil {
		// It may be long ago that it was tried.
		made = makeKey(r.ctx, r.keys, r.id)
	}
	if made.err == nil {
		r.prepare()
	}
	return made, made.err
}

// close ends what is being made.
func (r *keyring) close() {
	r.stop()
	if r.next != nil {
		<-r.next
		r.next = nil
	}
}
