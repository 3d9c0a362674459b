package classifier

import "math"

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

// look judges a document of the brain's own; its values are then in b.values.
func (b *brain) look(l *lesson, own uint8) opinion {
	o, values := b.judge(l.features, own, b.values[:0])
	b.values = values
	return o
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

// raw is the log-odds before calibration.
func (b *brain) raw(o opinion, starter float64) float64 {
	return b.tuning.caution(&b.progress) * (b.force()*(o.linear+b.tuning.counted(o)) + b.tuning.fade(&b.progress)*starter)
}

// force is how much the weights count: a brain that hardly knows one of the classes
// cannot tell it from the other.
func (p *progress) force() float64 {
	least := float64(min(p.documents[hamRow], p.documents[spamRow]))
	return least / (least + forceHalf)
}

const forceHalf = 0.1

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
