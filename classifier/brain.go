package classifier

import "math"

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

// familiar is how much of a comment is usually known, 0 to 1.
func (p *progress) familiar() float64 {
	if p.usual[1] == 0 {
		return 1
	}
	return p.usual[0] / p.usual[1]
}
