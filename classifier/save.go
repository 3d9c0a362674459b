package classifier

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
)

// A saved model, all numbers little-endian, signed ones as two's complement:
//
//	"winnow model 4\n"
//	rules, epoch, mark: each a uint32 length and so many bytes
//	seq, home, private documents of ham and spam, number of sites, as int64
//	the shared brain, then each site's id and brain, by id
//	CRC-32 (Castagnoli) of all that
//
// A brain is what brainTo writes: exactly what its memory holds, so that a model that
// is read scores and goes on learning to the bit as the one that was written. What can
// be derived is not written: the hash table's slots, and the count store.

const savedMagic = "winnow model 4\n"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// writer writes numbers, and remembers the first error.
type modelWriter struct {
	out *bufio.Writer
	sum uint32
	b   []byte
	err error
}

// flushBytes is from how many bytes on they are passed on.
const flushBytes = 64 << 10

func (w *modelWriter) flush() {
	if w.err == nil {
		w.sum = crc32.Update(w.sum, castagnoli, w.b)
		_, w.err = w.out.Write(w.b)
	}
	w.b = w.b[:0]
}

func (w *modelWriter) room() {
	if len(w.b) >= flushBytes {
		w.flush()
	}
}

func (w *modelWriter) uint32(x uint32) { w.b = binary.LittleEndian.AppendUint32(w.b, x) }
func (w *modelWriter) uint64(x uint64) { w.b = binary.LittleEndian.AppendUint64(w.b, x) }
func (w *modelWriter) int(x int64)     { w.uint64(uint64(x)) }
func (w *modelWriter) float(x float64) { w.uint64(math.Float64bits(x)) }
func (w *modelWriter) text(s string)   { w.uint32(uint32(len(s))); w.b = append(w.b, s...) }

func (w *modelWriter) floats(xs []float64) {
	for _, x := range xs {
		w.float(x)
		w.room()
	}
}

// write writes a state. Nothing may change it meanwhile.
func (s *state) write(out io.Writer, rules, epoch, mark string) error {
	w := &modelWriter{out: bufio.NewWriterSize(out, flushBytes)}
	w.b = append(w.b, savedMagic...)
	for _, text := range []string{rules, epoch, mark} {
		w.text(text)
	}
	ids := make([]int64, 0, len(s.sites))
	for id := range s.sites {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, n := range []int64{s.seq, s.home, int64(s.private[hamRow]), int64(s.private[spamRow]), int64(len(ids))} {
		w.int(n)
	}
	w.brain(s.shared)
	for _, id := range ids {
		w.int(id)
		w.brain(s.sites[id])
	}
	w.flush()
	w.uint32(w.sum)
	w.flush()
	if w.err == nil {
		w.err = w.out.Flush()
	}
	return w.err
}

// brain writes a brain.
func (w *modelWriter) brain(b *brain) {
	w.int(int64(b.table.len()))
	for n := range b.table.records {
		w.uint64(b.table.records[n].hash)
		w.room()
	}
	for n := range b.table.records {
		have := b.table.records[n].have
		w.uint32(have[hamRow])
		w.uint32(have[spamRow])
		w.room()
	}
	w.weights(b.table.len(), func(n int) weight { return b.table.records[n].weight }, b.bias)
	w.progress(&b.progress)
	for _, row := range b.memory.rows {
		w.int(int64(len(row)))
		for _, l := range row {
			w.lesson(l)
		}
	}
	w.journal(&b.journal)
}

// weights writes n weights: all values, then all energies.
func (w *modelWriter) weights(n int, of func(n int) weight, bias weight) {
	w.int(int64(n))
	for i := range n {
		w.float(of(i).value)
		w.room()
	}
	for i := range n {
		w.float(of(i).energy)
		w.room()
	}
	w.floats([]float64{bias.value, bias.energy})
}

func (w *modelWriter) progress(p *progress) {
	for _, n := range []int{p.documents[hamRow], p.documents[spamRow], p.spoken[hamRow], p.spoken[spamRow], p.learnt, p.next} {
		w.int(int64(n))
	}
	w.floats(p.recent[:])
	w.floats(p.usual[:])
	w.calibration(&p.calibration)
	w.floats(p.drift[:])
	w.floats(p.verdicts[hamRow][:])
	w.floats(p.verdicts[spamRow][:])
	w.calibration(&p.opener)
}

func (w *modelWriter) calibration(c *calibration) {
	w.floats([]float64{c.slope, c.offset})
	w.int(int64(c.n))
	for i := range min(c.n, points) {
		row := uint32(hamRow)
		if c.spam[i] {
			row = spamRow
		}
		w.uint32(math.Float32bits(c.z[i]))
		w.uint32(row)
	}
}

func (w *modelWriter) lesson(l *lesson) {
	w.int(l.seq)
	w.int(l.site)
	w.float(l.starter)
	w.uint64(l.print)
	w.uint32(uint32(l.row))
	w.uint32(uint32(len(l.features)))
	for _, code := range l.features {
		w.uint32(code)
	}
	w.room()
}

// journal writes how to take the newest label back. Its lesson is in memory, at the
// place that the journal names.
func (w *modelWriter) journal(j *journal) {
	if j.of == nil {
		w.uint32(noRow)
		return
	}
	w.uint32(uint32(j.of.row))
	w.int(int64(j.place))
	if j.place >= 0 {
		w.lesson(j.was)
	}
	w.progress(&j.before)
	w.floats([]float64{j.bias.value, j.bias.energy})
	w.int(int64(len(j.changed)))
	for _, c := range j.changed {
		w.uint32(c.n)
		w.floats([]float64{c.was.value, c.was.energy})
	}
	if j.replaced == nil {
		w.uint32(0)
		return
	}
	w.uint32(1)
	w.weights(len(j.replaced.of), func(n int) weight { return j.replaced.of[n] }, j.replaced.bias)
}

// makeRules names all that makes a model out of a label log: a model made by other rules
// is another one. What the constants do not tell is told by what becomes of a few
// lessons: a change of a formula changes it.
func (m *Model) makeRules() (string, error) {
	starter := crc32.New(castagnoli)
	if m.starter != nil {
		if err := m.starter.Write(starter); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%s %+v %d %d %d %d %d %d %d %d %08x %016x", Tokenizer, m.tuning, maxMemory, maxCross, crossFolds, largeBrain,
		firstRebuild, calibrateAlways, calibrateEvery, points, starter.Sum32(), m.trial()), nil
}
