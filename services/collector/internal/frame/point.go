package frame

// Point is a decoded sluice.collector.v1.DataPoint. All its slices are valid as
// long as the bytes that it was decoded from.
type Point struct {
	// Raw is the encoded DataPoint, without a tag and a length before it.
	Raw []byte

	Source    []byte
	Timestamp int64
	// Metrics in the order of the bytes; no two have the same name.
	Metrics []Metric
	// Tags in the order of the bytes; no two have the same name.
	Tags []Tag
}

// Metric is one value of a point.
type Metric struct {
	Name  []byte
	Value float64
}

// Tag is one tag of a point.
type Tag struct {
	Name, Value []byte
}

func (m Metric) key() []byte { return m.Name }

func (t Tag) key() []byte { return t.Name }
