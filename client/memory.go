package client

import "sync"

// memory holds the newest ids that were added, up to a number. A nil memory is empty.
type memory struct {
	mu    sync.Mutex
	known map[string]struct{}
	ring  []string
	next  int
}

func newMemory(size int) *memory {
	if size <= 0 {
		return nil
	}
	return &memory{known: map[string]struct{}{}, ring: make([]string, size)}
}

func (m *memory) has(id string) bool {
	if m == nil {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.known[id]
	return ok
}

// add forgets the oldest id if there is no room.
func (m *memory) add(id string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.known[id]; ok {
		return
	}
	delete(m.known, m.ring[m.next])
	m.ring[m.next] = id
	m.known[id] = struct{}{}
	m.next = (m.next + 1) % len(m.ring)
}
