package limits

// queue is a heap of the flows that wait, the one that has had least first. It
// is used through container/heap.
type queue []*flow

func (q *queue) Len() int { return len(*q) }

func (q *queue) Less(i, j int) bool {
	one, other := (*q)[i], (*q)[j]
	if one.had != other.had {
		return one.had < other.had
	}
	return one.since < other.since
}

func (q *queue) Swap(i, j int) {
	flows := *q
	flows[i], flows[j] = flows[j], flows[i]
	flows[i].index, flows[j].index = i, j
}

// Push appends a flow.
func (q *queue) Push(x any) {
	f := x.(*flow)
	f.index = len(*q)
	*q = append(*q, f)
}

// Pop takes the last flow off.
func (q *queue) Pop() any {
	last := len(*q) - 1
	f := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return f
}
