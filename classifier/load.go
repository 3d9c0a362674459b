package classifier

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
)

// ErrSaved is the cause of every error about what a saved model's file holds: it is
// damaged, or was made by other rules, for another database or of another label log.
var ErrSaved = errors.New("no saved model that can be used")

// modelReader reads what modelWriter wrote, and remembers the first error. Reading on
// after one gives zeroes. It believes no number before it has seen that the file is
// long enough for it.
type modelReader struct {
	in   *bufio.Reader
	sum  uint32
	left int64 // bytes of the file
	b    [64 << 10]byte
	err  error
}

func newModelReader(in io.Reader, size int64) *modelReader {
	return &modelReader{in: bufio.NewReaderSize(in, flushBytes), left: size}
}

func (r *modelReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format+": %w", append(args, ErrSaved)...)
	}
}

// bytes reads at most len(r.b) bytes, which are valid until the next call.
func (r *modelReader) bytes(n int) []byte {
	b := r.b[:n]
	if r.left -= int64(n); r.left < 0 {
		r.fail("the file is too short")
	}
	if r.err == nil {
		if _, err := io.ReadFull(r.in, b); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			r.fail("the file is too short")
		} else {
			r.err = err
		}
	}
	if r.err != nil {
		clear(b)
		return b
	}
	r.sum = crc32.Update(r.sum, castagnoli, b)
	return b
}

// items reads n items of a size, as many at once as there is room for.
func (r *modelReader) items(n, size int, each func(i int, item []byte)) {
	for done := 0; done < n && r.err == nil; {
		k := min(n-done, len(r.b)/size)
		b := r.bytes(k * size)
		for i := range k {
			each(done+i, b[i*size:(i+1)*size])
		}
		done += k
	}
}

// count reads how many items of at least so many bytes follow.
func (r *modelReader) count(size int64) int {
	n := r.int()
	if n < 0 || n > r.left/size {
		r.fail("a number is too large")
		return 0
	}
	return int(n)
}

func (r *modelReader) uint32() uint32 { return binary.LittleEndian.Uint32(r.bytes(4)) }
func (r *modelReader) uint64() uint64 { return binary.LittleEndian.Uint64(r.bytes(8)) }
func (r *modelReader) int() int64     { return int64(r.uint64()) }
func (r *modelReader) float() float64 { return math.Float64frombits(r.uint64()) }

func (r *modelReader) text() string {
	n := r.uint32()
	if int64(n) > min(r.left, int64(len(r.b))) {
		r.fail("a text is too long")
		return ""
	}
	return string(r.bytes(int(n)))
}

func (r *modelReader) floats(xs []float64) {
	r.items(len(xs), 8, func(i int, item []byte) { xs[i] = math.Float64frombits(binary.LittleEndian.Uint64(item)) })
}

// header is what is known of a saved model before the rest is read.
type header struct {
	rules, epoch, mark string
	seq                int64
}

// header reads the beginning of a file.
func (r *modelReader) header() (h header) {
	if string(r.bytes(len(savedMagic))) != savedMagic {
		r.fail("it does not begin as one")
	}
	h.rules, h.epoch, h.mark = r.text(), r.text(), r.text()
	h.seq = r.int()
	return h
}

// state reads what follows the header, to the file's end.
func (r *modelReader) state(t *tuning, seq int64) (*state, error) {
	s := newState(t)
	s.seq, s.home = seq, r.int()
	s.private = [2]int{int(r.int()), int(r.int())}
	n := r.count(8)
	s.shared = r.brain(t)
	for range n {
		id := r.int()
		s.sites[id] = r.brain(t)
		if r.err != nil {
			return nil, r.err
		}
	}
	want := r.sum
	if got := r.uint32(); got != want {
		r.fail("the checksum is wrong")
	}
	if r.left != 0 {
		r.fail("the file is too long")
	}
	return s, r.err
}

func (r *modelReader) brain(t *tuning) *brain {
	b := newBrain(t)
	b.counts = newCounts()
	b.counts.behind = true
	n := r.count(32)
	records := make([]record, n)
	b.table.records = records
	r.items(n, 8, func(i int, item []byte) { records[i].hash = binary.LittleEndian.Uint64(item) })
	r.items(n, 8, func(i int, item []byte) {
		have := [2]uint32{binary.LittleEndian.Uint32(item), binary.LittleEndian.Uint32(item[4:])}
		if have != [2]uint32{} {
			b.features++
		}
		records[i].have = have
	})
	if r.err != nil {
		return b
	}
	b.table.fill()
	k := r.count(16)
	if r.err == nil && k != n {
		r.fail("there are weights of %d of %d features", k, n)
	}
	if r.err != nil {
		return b
	}
	b.bias = r.weights(n, func(i int) *weight { return &records[i].weight })
	r.progress(&b.progress)
	for row := range b.memory.rows {
		k := r.count(40)
		kept := make([]*lesson, 0, k)
		for range k {
			l := r.lesson(n)
			if l.row != uint8(row) {
				r.fail("a document is among those of another class")
			}
			kept = append(kept, l)
		}
		b.memory.rows[row] = kept
	}
	r.journal(b)
	b.settle()
	return b
}

// weights reads n weights, and gives the bias.
func (r *modelReader) weights(n int, at func(i int) *weight) weight {
	r.items(n, 8, func(i int, item []byte) { at(i).value = math.Float64frombits(binary.LittleEndian.Uint64(item)) })
	r.items(n, 8, func(i int, item []byte) { at(i).energy = math.Float64frombits(binary.LittleEndian.Uint64(item)) })
	return weight{r.float(), r.float()}
}

func (r *modelReader) progress(p *progress) {
	for _, n := range []*int{&p.documents[hamRow], &p.documents[spamRow], &p.spoken[hamRow], &p.spoken[spamRow], &p.learnt, &p.next} {
		*n = int(r.int())
	}
	r.floats(p.recent[:])
	r.floats(p.usual[:])
	r.calibration(&p.calibration)
	r.floats(p.drift[:])
	r.floats(p.verdicts[hamRow][:])
	r.floats(p.verdicts[spamRow][:])
	r.calibration(&p.opener)
}

func (r *modelReader) calibration(c *calibration) {
	c.slope, c.offset = r.float(), r.float()
	c.n = max(0, int(r.int()))
	r.items(min(c.n, points), 8, func(i int, item []byte) {
		c.z[i] = math.Float32frombits(binary.LittleEndian.Uint32(item))
		c.spam[i] = item[4] == spamRow
	})
}

// lesson reads a document of features below n.
func (r *modelReader) lesson(n int) *lesson {
	l := &lesson{seq: r.int(), site: r.int(), starter: r.float(), print: r.uint64(), row: uint8(r.uint32())}
	k := r.uint32()
	if k > maxFeatures || l.row > spamRow {
		r.fail("a document is none")
		return l
	}
	l.features = make([]uint32, 0, k)
	r.items(int(k), 4, func(_ int, item []byte) {
		code := binary.LittleEndian.Uint32(item)
		if int(code&numberMask) >= n {
			r.fail("a document has an unknown feature")
		}
		l.features = append(l.features, code)
	})
	return l
}

func (r *modelReader) journal(b *brain) {
	n := b.table.len()
	row := r.uint32()
	if row == noRow {
		return
	}
	if row > noRow {
		r.fail("the newest label is none")
		return
	}
	j := &b.journal
	kept := b.memory.rows[row]
	j.place = int(r.int())
	at := j.place
	if at < 0 {
		j.place, at = -1, len(kept)-1
	}
	if at < 0 || at >= len(kept) {
		r.fail("the newest label is not there")
		return
	}
	j.of = kept[at]
	if j.place >= 0 {
		j.was = r.lesson(n)
	}
	j.before = newProgress(b.tuning)
	r.progress(&j.before)
	j.bias = weight{r.float(), r.float()}
	j.changed = make([]change, 0, r.count(20))
	r.items(cap(j.changed), 20, func(_ int, item []byte) {
		c := change{binary.LittleEndian.Uint32(item), weight{
			math.Float64frombits(binary.LittleEndian.Uint64(item[4:])), math.Float64frombits(binary.LittleEndian.Uint64(item[12:])),
		}}
		if int(c.n) >= n {
			r.fail("a change is of an unknown feature")
		}
		j.changed = append(j.changed, c)
	})
	if r.uint32() == 1 {
		r.replaced(j, n)
	}
}

// replaced reads the weights before a training, of at most n features.
func (r *modelReader) replaced(j *journal, n int) {
	k := r.count(16)
	if k > n {
		r.fail("there are more weights than features")
	}
	if r.err != nil {
		return
	}
	w := &weights{of: make([]weight, k)}
	w.bias = r.weights(k, func(i int) *weight { return &w.of[i] })
	j.replaced = w
}
