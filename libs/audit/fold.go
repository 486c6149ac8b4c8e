package audit

import (
	"net/netip"
	"time"

	"github.com/sluice-ingest/sluice/libs/audit/chain"
)

const (
	// singles is how many events of a kind have a line each.
	singles = 10
	// foldSpan is the time in which singles are counted.
	foldSpan = time.Second
	// foldReport is how often a flood that lasts has a line.
	foldReport = 10 * time.Second
	// maxKinds is how many kinds are told apart by tenant and host.
	maxKinds = 256
)

// kind is what events have in common that are folded.
type kind struct {
	action  string
	outcome chain.Outcome
	reason  string
	tenant  string
	host    string
}

// folds counts what is alike, so that a flood does not fill the disk. It is not
// safe for concurrent use.
type folds struct {
	open map[kind]*fold
}

// fold is one kind in its present span.
type fold struct {
	end     time.Time
	singles int
	repeats int64
	// last is when the last repeat came.
	last time.Time
}

// admit tells whether e gets a line of its own. Otherwise it is counted.
func (f *folds) admit(e Event) bool {
	if e.Outcome == chain.OK {
		return true
	}
	found := f.of(e)
	if found.singles > 0 {
		found.singles--
		return true
	}
	found.repeats++
	found.last = e.Time
	return false
}

func (f *folds) of(e Event) *fold {
	k := kind{e.Action, e.Outcome, e.Reason, e.Tenant, hostOf(e.Peer)}
	if found, ok := f.open[k]; ok {
		return found
	}
	if len(f.open) >= maxKinds {
		k.tenant, k.host = "", ""
		if found, ok := f.open[k]; ok {
			return found
		}
	}
	if f.open == nil {
		f.open = make(map[kind]*fold)
	}
	f.open[k] = &fold{end: e.Time.Add(foldSpan), singles: singles}
	return f.open[k]
}

// ended returns a line for each kind whose span has ended with repeats, and
// forgets the kinds that have calmed down. At the end of the log every span ends.
func (f *folds) ended(now time.Time, all bool) []Event {
	var events []Event
	for k, found := range f.open {
		switch {
		case !all && now.Before(found.end):
		case found.repeats == 0:
			delete(f.open, k)
		default:
			events = append(events, Event{
				Time: found.last, Action: k.action, Outcome: k.outcome, Reason: k.reason,
				Tenant: k.tenant, Peer: k.host, Repeats: found.repeats,
			})
			*found = fold{end: now.Add(foldReport)}
		}
	}
	return events
}

// hostOf leaves the port of an address out, and of an IPv6 address all but its
// /64. Ports change with each connection, and one host has a whole /64.
func hostOf(peer string) string {
	at, err := netip.ParseAddrPort(peer)
	if err != nil {
		return peer
	}
	addr := at.Addr().Unmap()
	if addr.Is4() {
		return addr.String()
	}
	network, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return peer
	}
	return network.String()
}
