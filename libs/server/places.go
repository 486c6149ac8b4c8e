package server

import (
	"net/netip"
	"sync"
)

// places are what strangers share: so many, of which one IPv4 address or IPv6 /64
// has at most so many. Safe for concurrent use.
type places struct {
	most, mostPerAddress int

	mu sync.Mutex // Guards what follows.
	// of has no entry for an address without places.
	of    map[netip.Prefix]int
	taken int
}

func newPlaces(most, mostPerAddress int) *places {
	return &places{most: most, mostPerAddress: mostPerAddress, of: map[netip.Prefix]int{}}
}

// enter takes a place, which leave gives back, if one is left.
func (p *places) enter(from netip.Prefix) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken >= p.most || p.of[from] >= p.mostPerAddress {
		return false
	}
	p.taken++
	p.of[from]++
	return true
}

func (p *places) leave(from netip.Prefix) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	p.of[from]--
	if p.of[from] == 0 {
		delete(p.of, from)
	}
}
