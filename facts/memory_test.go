package facts

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"testing"
)

// mostPerEntry is how much memory a remembered revision may take, in bytes.
const mostPerEntry = 1000

func TestARememberedRevisionTakesBoundedMemory(t *testing.T) {
	const n = 20_000
	memory := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := memory()
	x := New(Options{})
	for i := range int64(n) {
		r := revision(i+1, fmt.Sprint("c-", i), text(uint64(i+1)), person(1), ip(1), post(fmt.Sprint("p-", i%50), ""), saying(fmt.Sprintf("%s %d %d %d %d %d %d %d %d", story, i, i*7, i*11, i*13, i*17, i*19, i*23, i*29)))
		binary.LittleEndian.PutUint64(r.Keys.Person, uint64(i))
		binary.LittleEndian.PutUint64(r.Keys.IP, uint64(i))
		x.Add(r)
	}
	used := memory() - before
	t.Logf("%d bytes each", used/n)
	if used/n > mostPerEntry {
		t.Errorf("%d bytes each, at most %d", used/n, mostPerEntry)
	}
	runtime.KeepAlive(x)
}
