package pointfile

import (
	"maps"
	"path/filepath"
	"strings"
	"time"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// Stdin is the name of an input that has no file.
const Stdin = "-"

// defaultSourceColumn has the sources where no other is named.
const defaultSourceColumn = "source"

// Options say how to read an input. The zero value finds out by itself.
type Options struct {
	Format Format
	// Source of points that name none. Empty: the file's name without its last
	// extension.
	Source string
	// Metric is the name for a column that is called `value`. Empty: the
	// leading part of the file's name, see [MetricOf].
	Metric string
	// Tags go with every point and win over tags of the same name.
	Tags map[string]string

	// TimestampColumn names the column of the timestamps. Empty: one called
	// timestamp or the like, else the first that has dates.
	TimestampColumn string
	// SourceColumn names the column of the sources. Empty: one called source,
	// unless Source is set.
	SourceColumn string
	// MetricColumn names the column that has the metric's name for the column
	// called `value`. Empty: none.
	MetricColumn string
	// TagColumns are tags although they have numbers.
	TagColumns []string

	// Unit of timestamps that are numbers.
	Unit Unit
	// Location of timestamps that name no zone. Nil: UTC.
	Location *time.Location
}

// forFile fills in what depends on the name of the input.
func (o Options) forFile(name string) Options {
	if o.Location == nil {
		o.Location = time.UTC
	}
	base := ""
	if name != Stdin {
		base = filepath.Base(name)
		base = strings.TrimSuffix(base, filepath.Ext(base))
	}
	if o.Metric == "" {
		o.Metric = MetricOf(base)
	}
	if o.Source == "" {
		o.Source = base
		if o.SourceColumn == "" {
			o.SourceColumn = defaultSourceColumn
		}
	}
	return o
}

// finish adds the tags of the options to a point.
func (o Options) finish(p *collectorv1.DataPoint) *collectorv1.DataPoint {
	if len(o.Tags) > 0 && p.Tags == nil {
		p.Tags = map[string]string{}
	}
	maps.Copy(p.GetTags(), o.Tags)
	return p
}
