package classifier

import "math"

// Numbers of a stored document carry what learning must know of the feature.
const (
	numberMask    = 1<<30 - 1
	unknownNumber = numberMask
	contentFlag   = 1 << 30
	bayesianFlag  = 1 << 31
)

// groupBit is where the flags begin: they make the group of a feature.
const groupBit = 30

// flags gives the flags of a feature.
func (f *feature) flags() uint32 { return flagsOf[f.kind&15] }

var flagsOf = func() (flags [16]uint32) {
	for k := range flags {
		if kind(k).content() {
			flags[k] |= contentFlag
		}
		if kind(k).bayesian() {
			flags[k] |= bayesianFlag
		}
	}
	return flags
}()

// tuning is the numbers of learning and scoring. docs/classifier.md tells where they
// come from.
type tuning struct {
	floor, slope, ceiling float64 // value of a feature: (floor + slope*min(ceiling, |l|)) * group
	// groups are how large features stand by their flags: forms and traits; grams, links
	// and author; pairs; words and symbols.
	groups              [4]float64
	rate, damping       float64 // AdaGrad: rate*d/sqrt(energy+damping)
	online              float64 // rate of the steps between trainings
	bayes, bayesScale   float64 // bayes*tanh(sum of l / bayesScale) for bayesUsual of them, see counted
	bayesUsual          float64
	lengthPrior         float64 // see settle
	replays, passes     int
	growth, growthLarge float64 // of the labels from one training to the next, below and above largeBrain
	slopePrior, offsetPrior,
	memory float64 // calibration: precisions, and how many labels it remembers
	openerPrior float64 // precision of the prior of the starter's slope
	// drifts is how probable a drift is before anything is known, driftSpread the standard
	// deviation of how far one goes, driftAgain how probable it is that a label is the first
	// of another, and driftLeast how improbable one can make a label; see drift.
	drifts, driftSpread, driftAgain, driftLeast float64
	knownHalf, knownFew                         float64 // trust: see trust
	starter, starterFade                        float64
	siteShare, siteHalf                         float64 // see share
}

var tuned = tuning{
	floor: 0.5, slope: 0.5, ceiling: 3, groups: [4]float64{0.6, 1, 1.75, 1},
	rate: 1, damping: 0.002, online: 0.3,
	bayes: 0.7, bayesScale: 8, bayesUsual: 20, lengthPrior: 20,
	replays: 2, passes: 3, growth: 0.05, growthLarge: 0.25,
	slopePrior: 60, offsetPrior: 10, memory: 200,
	drifts: 0.1, driftSpread: 2, driftAgain: 0.03, driftLeast: 0.1,
	knownHalf: 0.25, knownFew: 1,
	siteShare: 0.7, siteHalf: 40,
	openerPrior: 10, starter: 1, starterFade: 80,
}

// weight is AdaGrad's: the weight learnt, and the sum of the squares of its gradients
// (J. Duchi, E. Hazan, Y. Singer, "Adaptive Subgradient Methods", JMLR 12, 2011).
type weight struct{ value, energy float64 }

// weights are what training makes, by number of the feature.
type weights struct {
	of   []weight
	bias weight
}

// brain is what was learnt from some labels: counts, and weights trained over them.
type brain struct {
	tuning   *tuning
	table    table
	counts   *counts
	features int // those that stand in at least one document
	bias     weight
	memory   memory
	progress
	lazy    *lazy // while a log is read in bulk
	journal journal

	logs [2]float64 // ln(documents+1) by row
	// longer is the logarithm of how many times as many features of the Bayesian sum a spam
	// has as a ham.
	longer float64
	// Scratch of learning, which one goroutine at a time does.
	values []float64
	sights []sight
	slots  []uint32
}

// progress is the small part of a brain's state.
type progress struct {
	documents [2]int
	// spoken is how many features of the Bayesian sum the documents of a row have.
	spoken [2]int
	// learnt counts the labels ever learnt; next is how many bring the next rebuild.
	learnt, next int
	// recent are the labels of either class, older ones less.
	recent [2]float64
	// usual is the sum of how much was known of the newest labels' comments before they
	// were learnt, and the sum of what each of these counts.
	usual       [2]float64
	calibration calibration
	drift       drift
	verdicts    verdicts
	// opener is what the newest labels say of the starter's log-odds.
	opener calibration
}

func newBrain(t *tuning) *brain {
	return &brain{tuning: t, progress: newProgress(t)}
}

func newProgress(t *tuning) progress {
	return progress{next: firstRebuild, drift: t.driftStart(), calibration: newCalibration(), opener: newCalibration()}
}

// firstRebuild is after how many labels weights are first trained anew.
const firstRebuild = 8

// lnHalf gives ln(n + 1/2) for most n that there are.
var lnHalf = func() (table [1 << 14]float64) {
	for n := range table {
		table[n] = math.Log(float64(n) + 0.5)
	}
	return table
}()

func logHalf(n uint32) float64 {
	if n < uint32(len(lnHalf)) {
		return lnHalf[n]
	}
	return math.Log(float64(n) + 0.5)
}

// settle follows a change of documents. How long they are in a class is told by them and
// by lengthPrior more that are as long as all are.
func (b *brain) settle() {
	for row, n := range b.documents {
		b.logs[row] = math.Log(float64(n + 1))
	}
	b.longer = 0
	if all := b.spoken[hamRow] + b.spoken[spamRow]; all > 0 {
		prior := b.tuning.lengthPrior
		usual := float64(prior * (float64(all) / float64(b.documents[hamRow]+b.documents[spamRow])))
		length := func(row int) float64 {
			return (float64(b.spoken[row]) + usual) / (float64(b.documents[row]) + prior)
		}
		b.longer = math.Log(length(spamRow) / length(hamRow))
	}
}

// noRow is the own row of a document that is not among those counted.
const noRow = 2

// opinion is what a brain makes of a document.
type opinion struct {
	linear, sum float64 // bias + sum of w*x; sum of l-longer over words, pairs and symbols
	spoken      float64 // how many of these were ever seen
	norm        float64
}

// judge weighs a document, and appends to values how large each of its features stands
// in it: floor + slope*|l|, times what its group is worth, where l is the logarithm of the
// ratio of the feature's likelihoods in spam and in ham. own is the row of a document
// whose own appearance is not to count, or noRow.
func (b *brain) judge(doc []uint32, own uint8, values []float64) (opinion, []float64) {
	var o opinion
	t := b.tuning
	logs := b.logs
	var ownHam, ownSpam uint32 // what it counts itself
	if own != noRow {
		logs[own] = math.Log(float64(b.documents[own]))
		ownHam, ownSpam = 1-uint32(own), uint32(own)
	}
	difference := logs[spamRow] - logs[hamRow]
	longer := b.longer
	b.gather(doc)
	square := 0.0
	for i, code := range doc {
		ham, spam, v := b.sights[i].have[hamRow]-ownHam, b.sights[i].have[spamRow]-ownSpam, t.floor
		if ham|spam != 0 {
			l := logHalf(spam) - logHalf(ham) - difference
			v += float64(t.slope * min(t.ceiling, math.Abs(l)))
			speaks := present(code & bayesianFlag)
			o.sum += float64((l - longer) * speaks)
			o.spoken += speaks
		}
		v *= t.groups[code>>groupBit]
		o.linear += float64(v * b.sights[i].weight)
		values = append(values, v)
		square += float64(v * v)
	}
	o.norm = math.Sqrt(square)
	if o.norm > 0 {
		o.linear /= o.norm
	}
	o.linear += b.bias.value
	return o, values
}

// gather reads what the brain knows of a document's features, before anything is
// reckoned from it.
func (b *brain) gather(doc []uint32) {
	b.sights = resized(b.sights, len(doc))
	for i, code := range doc {
		s, n := &b.sights[i], code&numberMask
		if n == unknownNumber {
			s.have, s.weight = [2]uint32{}, 0
			continue
		}
		r := &b.table.records[n]
		s.have, s.weight = r.have, r.value
	}
}

// bayesTerm is the part of the counts alone.
func (t *tuning) bayesTerm(sum float64) float64 { return t.bayes * math.Tanh(sum/t.bayesScale) }

// counted is the bayesTerm of an opinion: of a sum of n terms as much is chance as the root
// of n is.
func (t *tuning) counted(o opinion) float64 {
	return t.bayesTerm(o.sum / math.Sqrt((o.spoken+1)/t.bayesUsual))
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

func logit(p float64) float64 { return math.Log(p / (1 - p)) }

// balance makes a step of the rarer class as long as all of the other's.
func (b *brain) balance(row uint8) float64 {
	n := float64(b.documents[hamRow] + b.documents[spamRow])
	return min(4, max(0.25, (n+2)/(2*float64(b.documents[row])+2)))
}

// look judges a document of the brain's own; its values are then in b.values.
func (b *brain) look(l *lesson, own uint8) opinion {
	o, values := b.judge(l.features, own, b.values[:0])
	b.values = values
	return o
}

// step moves the weights by one document's gradient.
func (b *brain) step(l *lesson, j *journal) { b.stepFrom(b.look(l, l.row), l, j) }

// stepFrom is step by what look just made of the document without its own appearance.
func (b *brain) stepFrom(o opinion, l *lesson, j *journal) {
	b.move(l, j, o, b.balance(l.row)*(float64(l.row)-sigmoid(o.linear)))
}

func (b *brain) move(l *lesson, j *journal, o opinion, g float64) {
	rate, damping := b.tuning.rate, b.tuning.damping
	if j != nil {
		rate = b.tuning.online
	}
	if o.norm > 0 {
		scale := g / o.norm
		for i, code := range l.features {
			n := code & numberMask
			w := &b.table.records[n].weight
			if j != nil {
				j.note(n, *w)
			}
			w.step(scale*b.values[i], rate, damping)
		}
	}
	b.bias.step(g, rate, damping)
}

// step moves a weight by its gradient d.
func (w *weight) step(d, rate, damping float64) {
	w.energy += float64(d * d)
	w.value += float64(rate * d / math.Sqrt(w.energy+damping))
}

// number codes a document by the table, adding what is new.
func (b *brain) number(features []feature) []uint32 {
	doc := b.find(features)
	for i, code := range doc {
		if code&numberMask == unknownNumber {
			doc[i] = b.table.add(features[i].hash) | code&^numberMask
		}
	}
	return doc
}

// find codes a document by the table.
func (b *brain) find(features []feature) []uint32 {
	doc := make([]uint32, len(features))
	doc, b.slots = b.table.codes(features, doc, b.slots)
	return doc
}

// count adds a document to the counts of the table, by +1 or -1.
func (b *brain) count(doc []uint32, row uint8, by int) {
	for _, code := range doc {
		have := &b.table.records[code&numberMask].have
		if have[hamRow]|have[spamRow] == 0 {
			b.features++
		}
		have[row] += uint32(by)
		if code&bayesianFlag != 0 {
			b.spoken[row] += by
		}
		if have[hamRow]|have[spamRow] == 0 {
			b.features--
		}
	}
	b.documents[row] += by
	b.settle()
}

// base is the share of spam among recent labels, with a prior of ten labels of which
// two are spam.
func (p *progress) base() float64 {
	return (p.recent[spamRow] + priorSpam) / (p.recent[hamRow] + p.recent[spamRow] + priorLabels)
}

const (
	priorLabels = 10
	priorSpam   = 2
)

// force is how much the weights count: a brain that hardly knows one of the classes
// cannot tell it from the other.
func (p *progress) force() float64 {
	least := float64(min(p.documents[hamRow], p.documents[spamRow]))
	return least / (least + forceHalf)
}

const forceHalf = 0.1

// raw is the log-odds before calibration.
func (b *brain) raw(o opinion, starter float64) float64 {
	return b.tuning.caution(&b.progress) * (b.force()*(o.linear+b.tuning.counted(o)) + b.tuning.fade(&b.progress)*starter)
}

// caution draws log-odds towards even ones as long as there are few labels to tell how
// well the starter does here: it was made from other sites' comments.
func (t *tuning) caution(p *progress) float64 {
	if t.starter == 0 {
		return 1
	}
	least := float64(min(p.documents[hamRow], p.documents[spamRow]))
	return (least + cautious) / (least + 2*cautious)
}

// cautious is how many labels of the rarer class end a part of the caution.
const cautious = 10

// fade is how much the starter counts beside the brain's own labels.
func (t *tuning) fade(p *progress) float64 {
	least := float64(min(p.documents[hamRow], p.documents[spamRow]))
	return t.starter * t.starterFade / (t.starterFade + 2*least) * min(1, max(0, p.opener.slope))
}

// learn learns a document. It is coded by number. starter is what the starter says.
func (b *brain) learn(l *lesson) {
	if b.lazy != nil {
		b.learnLazily(l)
		return
	}
	b.journal.open(b)
	o := b.look(l, noRow)
	b.note(b.raw(o, l.starter), l.row)
	b.acquaint(l)
	b.meet(l)
	b.count(l.features, l.row, 1)
	b.learnt++
	b.memory.add(l, uint64(b.learnt), &b.journal)
	b.stepFrom(o, l, &b.journal) // without its own appearance it is what it was before
	b.journal.of = l
	for i := range b.tuning.replays {
		if old := b.memory.draw(uint64(b.learnt), i); old != nil {
			b.step(old, &b.journal)
		}
	}
}

// note remembers a label for the base rate and the calibration.
func (b *brain) note(z float64, row uint8) {
	b.remember(row)
	b.drift.follow(b.calibration.slope*z+b.calibration.offset, row, b.tuning)
	b.calibration.add(z, row)
	if b.learnt < calibrateAlways || b.learnt%calibrateEvery == 0 {
		b.calibration.fit(b.tuning.slopePrior, b.tuning.offsetPrior, b.tuning.memory)
		b.verdicts = b.spread()
	}
}

// meet compares the starter with a label.
func (b *brain) meet(l *lesson) {
	if b.tuning.starter == 0 {
		return
	}
	b.opener.add(l.starter, l.row)
	if b.learnt >= calibrateAlways && b.learnt%calibrateEvery != 0 {
		return
	}
	b.opener.fit(b.tuning.openerPrior, b.tuning.offsetPrior, b.tuning.memory)
}

// acquaint follows how much of the comments that come is known; l is not counted yet.
func (b *brain) acquaint(l *lesson) {
	known, all := 0, 0
	for _, code := range l.features {
		if code&contentFlag == 0 {
			continue
		}
		all++
		if b.table.records[code&numberMask].have != [2]uint32{} {
			known++
		}
	}
	if all == 0 {
		return
	}
	keep := math.Exp(-1 / b.tuning.memory)
	b.usual[0] = float64(keep*b.usual[0]) + float64(known)/float64(all)
	b.usual[1] = float64(keep*b.usual[1]) + 1
}

// familiar is how much of a comment is usually known, 0 to 1.
func (p *progress) familiar() float64 {
	if p.usual[1] == 0 {
		return 1
	}
	return p.usual[0] / p.usual[1]
}

// remember follows the share of spam.
func (b *brain) remember(row uint8) {
	keep := math.Exp(-1 / b.tuning.memory)
	b.recent[hamRow] *= keep
	b.recent[spamRow] *= keep
	b.recent[row]++
}

const (
	calibrateAlways = 256
	calibrateEvery  = 8
)
