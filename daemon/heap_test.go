package daemon

import (
	"runtime"
	"testing"
)

func TestTheHeapHasItsHeadroom(t *testing.T) {
	for live, want := range map[uint64]int{0: 4800, 1 << 20: 4800, 12 << 20: 400, 48 << 20: 100, 96 << 20: 50, 160 << 20: 33, 4 << 30: 33} {
		if got := gcPercent(live); got != want {
			t.Errorf("with %d bytes in use: %d, want %d", live, got, want)
		}
	}
	runtime.GC()
	if liveHeap() == 0 {
		t.Error("there is no telling what is in use")
	}
}
