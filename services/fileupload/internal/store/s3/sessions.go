package s3

import (
	"errors"
	"fmt"
	"sync"
)

// errSuperseded ends a part whose upload is another part's by now.
var errSuperseded = errors.New("a later part of this upload has begun, or it was discarded: give this one up")

// session is one opening of a part.
type session struct {
	id     string // of the upload
	blobID string // of the blob that the part becomes
	// done is what Publish needs, once the part is ended and synced.
	done *completion
}

// sessions are the newest of each upload that this process carries. What an
// older one has ended is not published any more. Safe for concurrent use.
type sessions struct {
	mu sync.Mutex
	// newest is by the upload's identifier; guarded by mu.
	newest map[string]*session
}

func newSessions() *sessions { return &sessions{newest: map[string]*session{}} }

// begin makes a session the newest of its upload.
func (n *sessions) begin(id, blobID string) *session {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := &session{id: id, blobID: blobID}
	n.newest[id] = s
	return s
}

// create does so unless a part of the upload waits for its publication.
func (n *sessions) create(id, blobID string) (s *session, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if known := n.newest[id]; known != nil && known.done != nil {
		return nil, false
	}
	s = &session{id: id, blobID: blobID}
	n.newest[id] = s
	return s, true
}

// end keeps what Publish needs of the newest session.
func (n *sessions) end(s *session, done completion) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.newest[s.id] != s {
		return fmt.Errorf("upload %s: %w", s.id, errSuperseded)
	}
	s.done = &done
	return nil
}

// leave forgets a session that has not ended.
func (n *sessions) leave(s *session) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.newest[s.id] == s && s.done == nil {
		delete(n.newest, s.id)
	}
}

// take returns the newest session of an upload and forgets it, if it has ended.
func (n *sessions) take(id string) (s *session, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s = n.newest[id]
	if s == nil || s.done == nil {
		return nil, false
	}
	delete(n.newest, id)
	return s, true
}

// forget forgets the session that an identifier covers.
func (n *sessions) forget(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	uploadID := uploadOf(id)
	if s := n.newest[uploadID]; s != nil && covers(id, s.blobID) {
		delete(n.newest, uploadID)
	}
}

// inMemory are the blob identifiers of ended parts that the server knows nothing
// of.
func (n *sessions) inMemory() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var ids []string
	for _, s := range n.newest {
		if s.done != nil && s.done.uploadID == "" {
			ids = append(ids, s.blobID)
		}
	}
	return ids
}
