package daemon

import (
	"runtime"
	"testing"
)

func TestTheHeapHasItsHeadroom(t *testing.T) {
	for live, want := range map[uint64]int{0: 1000, 1 << 20: 1000, 16 << 20: 400, 64 << 20: 100, 128 << 20: 50, 4 << 30: 50} {
		if got := gcPercent(live); got != want {
			t.Errorf("with %d bytes in use: %d, want %d", live, got, want)
		}
	}
	runtime.GC()
	if liveHeap() == 0 {
		t.Error("there is no telling what is in use")
	}
}
