package policy

import "slices"

// automaton finds any number of strings in a text in one pass, in time that depends
// on the text and on what is found alone (Aho and Corasick, "Efficient string
// matching", 1975). State 0 is the root.
type automaton struct {
	// from gives, by state, where its edges begin among labels and targets, which are
	// in order of labels.
	from    []int32
	labels  []byte
	targets []int32
	root    [256]int32 // the root's edges
	fail    []int32    // the state of the longest other ending
	// out gives the strings that end in a state, and link the nearest state along fail
	// where others end; 0 without one.
	out  [][]int32
	link []int32
}

// automatonBuilder collects strings.
type automatonBuilder struct {
	edges []map[byte]int32
	out   [][]int32
}

// add takes a string that is not empty; find tells of it by its number.
func (b *automatonBuilder) add(s string, number int32) {
	if b.edges == nil {
		b.edges, b.out = make([]map[byte]int32, 1), make([][]int32, 1)
	}
	at := int32(0)
	for i := range len(s) {
		next, ok := b.edges[at][s[i]]
		if !ok {
			next = int32(len(b.edges))
			if b.edges[at] == nil {
				b.edges[at] = map[byte]int32{}
			}
			b.edges[at][s[i]] = next
			b.edges, b.out = append(b.edges, nil), append(b.out, nil)
		}
		at = next
	}
	b.out[at] = append(b.out[at], number)
}

func (b *automatonBuilder) build() *automaton {
	a := &automaton{out: b.out, fail: make([]int32, len(b.edges)), link: make([]int32, len(b.edges))}
	for _, edges := range b.edges {
		a.from = append(a.from, int32(len(a.labels)))
		start := len(a.labels)
		for label := range edges {
			a.labels = append(a.labels, label)
		}
		slices.Sort(a.labels[start:])
		for _, label := range a.labels[start:] {
			a.targets = append(a.targets, edges[label])
		}
	}
	a.from = append(a.from, int32(len(a.labels)))
	var queue []int32
	if len(b.edges) > 0 {
		for label, target := range b.edges[0] {
			a.root[label] = target
			queue = append(queue, target)
		}
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for i := a.from[at]; i < a.from[at+1]; i++ {
			below := a.targets[i]
			a.fail[below] = a.step(a.fail[at], a.labels[i])
			a.link[below] = a.fail[below]
			if len(a.out[a.fail[below]]) == 0 {
				a.link[below] = a.link[a.fail[below]]
			}
			queue = append(queue, below)
		}
	}
	return a
}

// step follows one byte from a state.
func (a *automaton) step(at int32, c byte) int32 {
	for at != 0 {
		for i := a.from[at]; i < a.from[at+1]; i++ {
			if a.labels[i] == c {
				return a.targets[i]
			}
		}
		at = a.fail[at]
	}
	return a.root[c]
}

// find tells the numbers of the strings in text, each once for each place.
func (a *automaton) find(text []byte, tell func(int32)) {
	at := int32(0)
	for _, c := range text {
		at = a.step(at, c)
		for s := at; s != 0; s = a.link[s] {
			for _, n := range a.out[s] {
				tell(n)
			}
		}
	}
}
