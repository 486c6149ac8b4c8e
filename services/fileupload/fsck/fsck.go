// Package fsck compares the catalog of a file service with its store, both ways,
// and changes nothing in them.
package fsck

import (
	"context"
	"fmt"
	"time"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// Place is a catalog and the store that it is about.
type Place struct {
	// Name of the place, for people.
	Name    string
	Catalog core.Catalog
	Store   core.Store
	// PartSize returns how many bytes of an upload there are, or an error that wraps
	// core.ErrNotFound; nil when the store can't tell.
	PartSize func(ctx context.Context, id string) (int64, error)
	// Grace is 0 when nobody else uses the place. Otherwise it is how old content
	// that the catalog does not know has to be until it is a leftover, and what
	// changes meanwhile is no problem.
	Grace time.Duration
}

// Examine compares catalog and store: every file has its content, of the right
// size and, if deep, of the right SHA-256, or else without damage that the catalog
// knows of; every blob and part belongs to something; unfinished uploads have their
// durable bytes; and the usage of each tenant is the sum of what it has. The error
// is that of looking; what is wrong is in the report. Beside what it reads at a
// time, its memory holds the names of all parts and, for a moment, those of all
// contents.
func Examine(ctx context.Context, place Place, deep bool) (*Report, error) {
	e := &examination{
		place: place, began: time.Now(),
		report: &Report{Place: place.Name, Deep: deep, Problems: []Problem{}, Leftovers: []Leftover{}},
		parts:  map[string]bool{}, shared: map[string]string{},
	}
	steps := []struct {
		doing string
		do    func(ctx context.Context) error
	}{
		{"list the store", e.leftovers},
		{"look at unfinished uploads", e.uploads},
		{"look at the files", e.files},
		{"compare the usage", e.usage},
	}
	for _, step := range steps {
		if err := step.do(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", step.doing, err)
		}
	}
	e.report.Sound = e.report.ProblemCount == 0
	return e.report, nil
}

// examination adds a report up.
type examination struct {
	place  Place
	began  time.Time
	report *Report
	// parts are the identifiers of all parts, as uploads know them.
	parts map[string]bool
	// tenants are all that have something.
	tenants []string
	// shared is what is wrong with the contents that files share, by identifier.
	shared map[string]string
	buffer []byte
}
