package core

import (
	"hash/maphash"
	"math/bits"
	"sync"

	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// indexShards is how many locks the families are spread over.
const (
	indexShardBits = 6
	indexShards    = 1 << indexShardBits
)

// indexShard has the families of some hashes.
type indexShard struct {
	mu       sync.RWMutex
	families map[uint64]*family
	// Shards don't share a cache line.
	_ [64]byte
}

func (x *Index) shardOf(hash uint64) *indexShard {
	return &x.shards[hash>>(64-indexShardBits)]
}

// lookUp appends the IDs of the point's series, if all are known.
func (s *indexShard) lookUp(hash uint64, tenant string, p *frame.Point, ids []SeriesID) ([]SeriesID, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f := s.find(hash, tenant, p)
	if f == nil {
		return ids, false
	}
	return f.appendIDs(ids, p.Metrics)
}

// find returns the family of a point, or nil. It is called with the lock of the
// shard or of the index.
func (s *indexShard) find(hash uint64, tenant string, p *frame.Point) *family {
	for f := s.families[hash]; f != nil; f = f.next {
		if f.is(tenant, p) {
			return f
		}
	}
	return nil
}

func (s *indexShard) add(f *family) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.next = s.families[f.hash]
	s.families[f.hash] = f
}

func (s *indexShard) drop(f *family) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var kept *family
	for g := s.families[f.hash]; g != nil; {
		next := g.next
		if g != f {
			g.next, kept = kept, g
		}
		g = next
	}
	if kept == nil {
		delete(s.families, f.hash)
		return
	}
	s.families[f.hash] = kept
}

// hash of a family's name. The order of the tags does not matter.
func (x *Index) hash(tenant string, p *frame.Point) uint64 {
	hash := mixed(maphash.String(x.seed, tenant), maphash.Bytes(x.seed, p.Source))
	for i := range p.Tags {
		hash += mixed(maphash.Bytes(x.seed, p.Tags[i].Name), maphash.Bytes(x.seed, p.Tags[i].Value))
	}
	return hash
}

// mixed makes one hash of two, whose order matters.
func mixed(a, b uint64) uint64 {
	high, low := bits.Mul64(a^0x9e3779b97f4a7c15, bits.RotateLeft64(b, 32)^0xd1b54a32d192ed03)
	return high ^ low
}
