package classifier

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
)

// A starter's file, all numbers little-endian or as unsigned varints:
//
//	"winnow starter 1\n", then TOKENIZER "\n", then what it was made from, "\n\n"
//	documents of ham and spam, features, each as varint
//	bias, slope, offset, each as float64
//	for each feature, by hash: the difference of its hash's upper 40 bits to the one
//	before, ham and spam documents, as varints; its weight as int16, 1/2048ths
//	CRC-32 (IEEE) of all that

const (
	starterMagic = "winnow starter 1\n"
	weightUnit   = 2048
	// maxStarterFile is the longest file that is read, in bytes.
	maxStarterFile = 3 << 20
)

// errStarter is the cause of every error of ReadStarter.
var errStarter = errors.New("not a starter model of this version of winnow")

// ReadStarter reads a starter that Starter.Write wrote. It fails if a byte of it has
// changed or if it was made for another tokenizer.
func ReadStarter(file []byte) (*Starter, error) {
	n := len(file) - crc32.Size
	if n < 0 || len(file) > maxStarterFile || crc32.ChecksumIEEE(file[:n]) != binary.LittleEndian.Uint32(file[n:]) {
		return nil, fmt.Errorf("read starter: length or checksum is wrong: %w", errStarter)
	}
	r := bytes.NewReader(file[:n])
	s, err := readStarter(r)
	if err != nil {
		if !errors.Is(err, errStarter) {
			err = fmt.Errorf("%w: %w", errStarter, err)
		}
		return nil, fmt.Errorf("read starter: %w", err)
	}
	if r.Len() > 0 {
		return nil, fmt.Errorf("read starter: %d bytes too many: %w", r.Len(), errStarter)
	}
	return s, nil
}

func readStarter(r *bytes.Reader) (*Starter, error) {
	head := make([]byte, len(starterMagic)+len(Tokenizer)+1)
	if _, err := io.ReadFull(r, head); err != nil || string(head) != starterMagic+Tokenizer+"\n" {
		return nil, errStarter
	}
	s := &Starter{}
	var about []byte
	for !bytes.HasSuffix(about, []byte("\n\n")) {
		c, err := r.ReadByte()
		if err != nil {
			return nil, err
		}
		about = append(about, c)
	}
	s.about = string(about[:len(about)-2])
	var features uint32
	for _, n := range []*uint32{&s.documents[hamRow], &s.documents[spamRow], &features} {
		if err := readCount(r, n); err != nil {
			return nil, err
		}
	}
	for _, x := range []*float64{&s.bias, &s.slope, &s.offset} {
		if err := binary.Read(r, binary.LittleEndian, x); err != nil {
			return nil, err
		}
	}
	if int64(features) > r.Size()/4 {
		return nil, errStarter
	}
	if err := s.readParts(r, int(features)); err != nil {
		return nil, err
	}
	if err := s.makeSlots(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Starter) readParts(r *bytes.Reader, features int) error {
	last := uint64(0)
	for range features {
		step, err := binary.ReadUvarint(r)
		if err != nil {
			return err
		}
		var have [2]uint32
		if err := errors.Join(readCount(r, &have[hamRow]), readCount(r, &have[spamRow])); err != nil {
			return err
		}
		var w int16
		if err := binary.Read(r, binary.LittleEndian, &w); err != nil {
			return err
		}
		if last += step; last>>starterBits != 0 {
			return errStarter
		}
		s.hashes = append(s.hashes, last)
		s.have = append(s.have, have)
		s.weights = append(s.weights, w)
	}
	return nil
}

func readCount(r *bytes.Reader, n *uint32) error {
	x, err := binary.ReadUvarint(r)
	if err == nil && x > math.MaxUint32 {
		err = errStarter
	}
	*n = uint32(x)
	return err
}

// likelihood is the l of a feature that stood in so many documents.
func (s *Starter) likelihood(have [2]uint32) float64 {
	return logHalf(have[spamRow]) - logHalf(have[hamRow]) -
		(math.Log(float64(s.documents[spamRow])+1) - math.Log(float64(s.documents[hamRow])+1))
}

// makeSlots makes what scoring reads.
func (s *Starter) makeSlots() error {
	s.likelihoods = []float64{0}
	places := make(map[[2]uint32]int)
	entries := make([]entry, len(s.hashes))
	for i, have := range s.have {
		place := places[have]
		if place == 0 {
			place = len(s.likelihoods)
			places[have] = place
			s.likelihoods = append(s.likelihoods, s.likelihood(have))
		}
		if place >= maxLikelihoods {
			return fmt.Errorf("its features have more than %d different counts: %w", maxLikelihoods-1, errStarter)
		}
		entries[i] = entry(uint16(s.weights[i]))<<16 | entry(place)
	}
	slots, ok := makeStarterSlots(s.hashes, entries)
	if !ok {
		return fmt.Errorf("more than %d of its features are alike: %w", maxShift, errStarter)
	}
	s.slots = slots
	return nil
}

// Write writes the starter as ReadStarter reads it.
func (s *Starter) Write(w io.Writer) error {
	sum := crc32.NewIEEE()
	out := bufio.NewWriter(io.MultiWriter(w, sum))
	b := []byte(starterMagic + Tokenizer + "\n" + s.about + "\n\n")
	for _, n := range []int{int(s.documents[hamRow]), int(s.documents[spamRow]), len(s.hashes)} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for _, x := range []float64{s.bias, s.slope, s.offset} {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	last := uint64(0)
	for i, h := range s.hashes {
		b = binary.AppendUvarint(b, h-last)
		b = binary.AppendUvarint(b, uint64(s.have[i][hamRow]))
		b = binary.AppendUvarint(b, uint64(s.have[i][spamRow]))
		b = binary.LittleEndian.AppendUint16(b, uint16(s.weights[i]))
		last = h
	}
	if _, err := out.Write(b); err != nil {
		return fmt.Errorf("write starter: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write starter: %w", err)
	}
	if err := binary.Write(w, binary.LittleEndian, sum.Sum32()); err != nil {
		return fmt.Errorf("write starter: %w", err)
	}
	return nil
}

// About tells what the starter was made from: a line for each collection.
func (s *Starter) About() string { return s.about }

// Documents is how many labelled comments the starter was made from.
func (s *Starter) Documents() (ham, spam int) {
	return int(s.documents[hamRow]), int(s.documents[spamRow])
}

// Features is how many features the starter knows.
func (s *Starter) Features() int { return len(s.hashes) }

// Starter makes a starter of what all sites have taught the model: at most so many
// features, those that weigh most in most documents. about tells what it was made from,
// without an empty line. The model is trained anew for it, and is not changed. It fails
// if the features' counts differ more than a starter can hold.
func (m *Model) Starter(features int, about string) (*Starter, error) {
	m.folding.Lock()
	defer m.folding.Unlock()
	b := m.state.shared
	w, c := b.retrain()
	s := &Starter{
		about: about, bias: w.bias.value, slope: c.slope, offset: c.offset,
		documents: [2]uint32{uint32(b.documents[hamRow]), uint32(b.documents[spamRow])},
	}
	numbers := make([]int, 0, b.table.len())
	records := b.table.records
	for n := range records {
		if records[n].have != [2]uint32{} {
			numbers = append(numbers, n)
		}
	}
	worth := func(n int) float64 {
		have := records[n].have
		return math.Abs(w.of[n].value) * math.Sqrt(float64(have[hamRow]+have[spamRow]))
	}
	slices.SortFunc(numbers, func(x, y int) int {
		return cmp.Or(cmp.Compare(worth(y), worth(x)), cmp.Compare(records[x].hash, records[y].hash))
	})
	numbers = numbers[:min(len(numbers), features)]
	slices.SortFunc(numbers, func(x, y int) int { return cmp.Compare(records[x].hash, records[y].hash) })
	for _, n := range numbers {
		hash := records[n].hash >> (64 - starterBits)
		if k := len(s.hashes); k > 0 && s.hashes[k-1] == hash {
			continue
		}
		s.hashes = append(s.hashes, hash)
		s.have = append(s.have, records[n].have)
		s.weights = append(s.weights, int16(math.Round(max(-15, min(15, w.of[n].value))*weightUnit)))
	}
	if err := s.makeSlots(); err != nil {
		return nil, fmt.Errorf("make a starter: %w", err)
	}
	return s, nil
}
