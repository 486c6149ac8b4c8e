package journal

// Position is a place in a journal: the number of bytes before it since the
// journal began, over all segments, trimmed ones included. Places only grow. 0
// is the beginning.
type Position int64
