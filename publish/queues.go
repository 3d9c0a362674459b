package publish

// dueHeap is a container/heap of paused items, the next due first.
type dueHeap []*item

func (h dueHeap) Len() int { return len(h) }

func (h dueHeap) Less(i, j int) bool {
	if c := h[i].due.Compare(h[j].due); c != 0 {
		return c < 0
	}
	return h[i].Place < h[j].Place
}
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].slot, h[j].slot = i, j
}

// Push is container/heap's.
func (h *dueHeap) Push(x any) {
	it := x.(*item)
	it.slot = len(*h)
	*h = append(*h, it)
}

// Pop is container/heap's.
func (h *dueHeap) Pop() any {
	old := *h
	it := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return it
}

// fifo is a queue of items.
type fifo struct {
	items []*item
	head  int
}

func (q *fifo) len() int { return len(q.items) - q.head }

func (q *fifo) push(it *item) {
	if q.head > 64 && q.head > len(q.items)/2 {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, it)
}

// peek returns the first item; nil if there is none.
func (q *fifo) peek() *item {
	if q.len() == 0 {
		return nil
	}
	return q.items[q.head]
}

// pop takes the first item; nil if there is none.
func (q *fifo) pop() *item {
	it := q.peek()
	if it != nil {
		q.items[q.head] = nil
		q.head++
	}
	return it
}
