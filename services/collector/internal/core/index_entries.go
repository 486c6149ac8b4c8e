package core

import "unique"

// seriesEntry is where a series is found by its ID.
type seriesEntry struct {
	family *family
	metric unique.Handle[string]
}

// seriesEntries are entries by ID, in pages that are dropped once they are
// empty: IDs are never used again.
type seriesEntries struct {
	pages []*entryPage
}

const entryPageSize = 512

type entryPage struct {
	used    int
	entries [entryPageSize]seriesEntry
}

func (e *seriesEntries) page(id SeriesID) *entryPage {
	if number := int(id / entryPageSize); number < len(e.pages) {
		return e.pages[number]
	}
	return nil
}

func (e *seriesEntries) get(id SeriesID) (seriesEntry, bool) {
	page := e.page(id)
	if page == nil {
		return seriesEntry{}, false
	}
	entry := page.entries[id%entryPageSize]
	return entry, entry.family != nil
}

// set sets an entry that is not there yet.
func (e *seriesEntries) set(id SeriesID, entry seriesEntry) {
	number := int(id / entryPageSize)
	if number >= len(e.pages) {
		e.pages = append(e.pages, make([]*entryPage, number+1-len(e.pages))...)
	}
	if e.pages[number] == nil {
		e.pages[number] = &entryPage{}
	}
	page := e.pages[number]
	page.entries[id%entryPageSize] = entry
	page.used++
}

// take removes an entry and returns it.
func (e *seriesEntries) take(id SeriesID) (seriesEntry, bool) {
	entry, ok := e.get(id)
	if !ok {
		return seriesEntry{}, false
	}
	number := int(id / entryPageSize)
	page := e.pages[number]
	page.entries[id%entryPageSize] = seriesEntry{}
	page.used--
	if page.used == 0 {
		e.pages[number] = nil
	}
	return entry, true
}
