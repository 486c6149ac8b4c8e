package limits

// queue is a heap of the flows that wait, the one that has had least first. It
// is used through container/heap.
type queue []*flow

func (q queue) Len() int { return len(q) }

func (q queue) Less(i, j int) bool {
	if q[i].had != q[j].had {
		return q[i].had < q[j].had
	}
	return q[i].since < q[j].since
}

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
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
