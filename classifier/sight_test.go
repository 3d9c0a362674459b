package classifier

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Scoring takes shortcuts that training does not: both must see the same.
func TestScoringWeighsADocumentAsTrainingDoes(t *testing.T) {
	examples := loadExamples(t)
	m := trained(t, examples[:len(examples)/2])
	e := examples[0].entry(m.Seq() + 1)
	fold(t, m, e, retract(m.Seq()+2, examples[1].entry(0))) // some features stand in no document
	b, d := m.state.shared, newDocument()
	w := newWriter()
	for i := range examples {
		for _, l := range []func(){
			func() { e := examples[i].entry(1); d.read(&e.Lesson, nil) },
			func() { l := w.lesson(); d.read(&l, nil) },
		} {
			l()
			o := b.weigh(d)
			want, values := b.judge(d.numbers, noRow, nil)
			if o != want {
				t.Fatalf("weighed %+v, judged %+v", o, want)
			}
			for k := range values {
				weight := 0.0
				if n := d.numbers[k] & numberMask; n != unknownNumber {
					weight = b.table.records[n].value
				}
				if got, want := d.sights[k].weight, values[k]*weight; got != want {
					t.Fatalf("feature %d weighs %v, judged %v", k, got, want)
				}
			}
		}
	}
}

func TestFeaturesThatCollideAreToldApart(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var table table
	var features []feature
	for i := range 5000 {
		// Few upper halves and few ends: slots and what they hold are alike.
		hash := uint64(random.IntN(3))<<32 | uint64(random.IntN(200))<<16 | uint64(random.IntN(8))
		if i%2 == 0 {
			if table.find(hash) < 0 {
				table.add(hash)
			}
		}
		features = append(features, feature{hash: hash, kind: kindWord})
	}
	known := 0
	codes, _ := table.codes(features, nil, nil)
	for i, code := range codes {
		n := -1
		for k := range table.records {
			if table.records[k].hash == features[i].hash {
				n = k
			}
		}
		if n >= 0 {
			known++
		} else {
			n = unknownNumber
		}
		if int(code&numberMask) != n {
			t.Fatalf("feature %x has the number %d, want %d", features[i].hash, code&numberMask, n)
		}
	}
	if known == 0 || known == len(codes) {
		t.Fatalf("%d of %d features are known", known, len(codes))
	}
}

func TestNoNameIsGivenTwice(t *testing.T) {
	d := newDocument()
	for _, e := range loadExamples(t) {
		l := e.entry(1).Lesson
		l.Text += " v-i-a-g-r-a Viagra viagra 12345 12345 ２ ２２ 今天天气 今天 !! a a a a"
		d.read(&l, nil)
		d.shares = d.shares[:0]
		for range d.features {
			d.shares = append(d.shares, 1)
		}
		named := make(map[string]kind)
		for _, s := range d.strengths() {
			f := &d.features[s.feature]
			place := string([]byte{byte(f.a), byte(f.a >> 8), byte(f.b), byte(f.b >> 8)})
			switch f.kind {
			case kindWord, kindGram, kindSymbol:
				if _, twice := named[place]; twice {
					t.Fatalf("%q is listed twice", d.name(nil, f))
				}
				named[place] = f.kind
			}
		}
	}
}

// Training adds up in another order than learning.
func TestTrainingStepsAsLearningDoes(t *testing.T) {
	differ := func(a, b weight) bool {
		return math.Abs(a.value-b.value)+math.Abs(a.energy-b.energy) > 1e-12
	}
	m := withStarter(t)
	fold(t, m, eventful(t, 200)...)
	b := m.state.shared
	trainer, docs := newTrainer(b, b.memory.inOrder())
	b.swap(trainer.byNumber(trainer.trained())) // none yet
	for _, l := range docs {
		b.step(l.lesson, nil)
		trainer.step(l)
	}
	if differ(b.bias, trainer.bias) {
		t.Fatalf("biases %v and %v", b.bias, trainer.bias)
	}
	trained := trainer.byNumber(trainer.trained()).of
	for n := range trained {
		if one, other := b.table.records[n].weight, trained[n]; differ(one, other) {
			t.Fatalf("weights of feature %d: %v and %v", n, one, other)
		}
	}
}
