// Package storetest is the suite that every [core.Store] has to pass.
package storetest

import (
	"slices"
	"testing"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// Opener opens one and the same store each time it is called, and closes it
// when the test ends.
type Opener func(t *testing.T) core.Store

// Trait is what a store does otherwise than most.
type Trait int

const (
	// Unreadable parts can't be read from their first byte on before they are
	// published.
	Unreadable Trait = iota + 1
	// Proven parts are resumed with their proof alone.
	Proven
)

// Run runs the suite. The function place makes an empty store for each test
// and returns what opens it.
func Run(t *testing.T, place func(t *testing.T) Opener, traits ...Trait) {
	t.Helper()
	for _, group := range contractsFor(traits) {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) {
				c.check(t, place(t))
			})
		}
	}
}

func contractsFor(traits []Trait) [][]contract {
	groups := [][]contract{partContracts, resumeContracts, blobContracts, putContracts, lostContracts, listContracts}
	if slices.Contains(traits, Unreadable) {
		groups = append(groups, unreadContracts)
	} else {
		groups = append(groups, readContracts)
	}
	if slices.Contains(traits, Proven) {
		return append(groups, proofContracts)
	}
	return append(groups, proofless)
}

// contract is one promise of the interface.
type contract struct {
	name  string
	check func(t *testing.T, open Opener)
}
