package disk

import (
	"errors"
	"fmt"
	"os"
)

const (
	// maxGroup is how many bytes of records are written and synced at once at most.
	maxGroup = 1 << 20
	// packSize is the largest size of a pack.
	packSize = 64 << 20
	// reserveStep is how much room a pack gets at a time.
	reserveStep = 4 << 20
)

// packer is the one that writes to packs. What waits while one group is synced is
// the next, so that a sync serves all who wait for one.
type packer struct {
	packs *packs
	// next is the number of the next pack, higher than those of all that are there.
	next uint64
	// pack is written to; nil before the first group and after a failure: nothing is
	// ever appended to what may be torn.
	pack   *growingPack
	layout packLayout
	writer vectorWriter
	// sync is syncData, or a test's.
	sync func(file *os.File) error

	waiting chan *packing
	// The packer ends when closing is closed, and closes written.
	closing, written chan struct{}
}

func newPacker(p *packs, next uint64) *packer {
	return &packer{
		packs: p, next: next, sync: syncData,
		waiting: make(chan *packing), closing: make(chan struct{}), written: make(chan struct{}),
	}
}

// run serves until the packer is closed.
func (p *packer) run() {
	defer close(p.written)
	for {
		select {
		case first := <-p.waiting:
			p.serve(p.gather(first))
		case <-p.closing:
			return
		}
	}
}

// close waits for what is being written and ends the pack. Nothing is put any more.
func (p *packer) close() error {
	close(p.closing)
	<-p.written
	return p.endPack()
}

// gather takes what waits now, as much as is written at once.
func (p *packer) gather(first *packing) []*packing {
	group, room := []*packing{first}, recordRoom(first.size)
	for room <= maxGroup-maxRecord {
		select {
		case next := <-p.waiting:
			group, room = append(group, next), room+recordRoom(next.size)
		default:
			return group
		}
	}
	return group
}

// serve makes the group durable, all of it or nothing, and answers each.
func (p *packer) serve(group []*packing) {
	records, err := p.write(group)
	for i, one := range group {
		if err != nil {
			one.done <- packed{err: err}
			continue
		}
		one.done <- packed{at: location{pack: p.pack.number, offset: records[i].at}}
	}
}

// write writes and syncs the group.
func (p *packer) write(group []*packing) ([]record, error) {
	if p.pack == nil || p.pack.end+maxGroup > packSize {
		if err := p.nextPack(); err != nil {
			return nil, explain("begin pack", err)
		}
	}
	p.layout.lay(group, p.pack.end, p.pack.salt)
	defer p.layout.forget()
	end := p.pack.end + p.layout.room
	p.pack.reserve(end)
	if _, err := p.writer.writeAt(p.pack.file, p.layout.segments, p.pack.end); err != nil {
		return nil, p.abandon(err)
	}
	if err := p.sync(p.pack.file); err != nil {
		return nil, p.abandon(err)
	}
	p.pack.end = end
	return p.layout.records, nil
}

// nextPack ends the pack and begins another.
func (p *packer) nextPack() error {
	if err := p.endPack(); err != nil {
		return err
	}
	p.packs.writing.Store(p.next)
	pack, err := p.packs.begin(p.next)
	p.next++
	if err != nil {
		p.packs.writing.Store(0)
		return err
	}
	p.pack = pack
	return nil
}

// endPack gives back what the pack does not need, also the pack itself when nothing
// is left in it.
func (p *packer) endPack() error {
	pack := p.pack
	if pack == nil {
		return nil
	}
	p.pack = nil
	p.packs.writing.Store(0)
	return errors.Join(pack.cut(pack.end), pack.Close(), p.packs.dropIfEmpty(pack.number))
}

// abandon ends the pack without what a failed write left. Where that fails too, the
// store is not as it was, whatever the cause.
func (p *packer) abandon(cause error) error {
	if err := p.endPack(); err != nil {
		return fmt.Errorf("disk: write pack: %s; cut back: %w", cause.Error(), err)
	}
	return explain("write pack", cause)
}
