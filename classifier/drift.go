package classifier

import "math"

// drift is by how much calibrated log-odds are off now: what a jump of the share of spam,
// or of what comments are about, does sooner than calibration follows. It is told by the
// fixed share of M. Herbster and M. Warmuth ("Tracking the Best Expert", Machine Learning
// 32, 1998): each of a row of shifts is as probable as the labels say that it has, and a
// label may always be the first of another one.
type drift [2*driftReach + 1]float64

const (
	// driftReach is how many shifts there are on either side of none.
	driftReach = 8
	// driftStep is how far they are apart, in log-odds.
	driftStep = 0.5
)

// driftStart is how probable shifts are before anything is known: mostly there is none.
func (t *tuning) driftStart() (d drift) {
	sum := 0.0
	for i := range d {
		if i != driftReach {
			s := shiftOf(i) / t.driftSpread
			d[i] = math.Exp(float64(-s * s / 2))
			sum += d[i]
		}
	}
	for i := range d {
		d[i] *= t.drifts / sum
	}
	d[driftReach] = 1 - t.drifts
	return d
}

func shiftOf(i int) float64 { return float64(i-driftReach) * driftStep }

// follow takes a label into account that was scored with log-odds before it was learnt.
// No label makes a shift less probable by more than driftLeast, so that one which is
// wrong does not make a drift.
func (d *drift) follow(odds float64, row uint8, t *tuning) {
	sum := 0.0
	for i := range d {
		p := sigmoid(odds + shiftOf(i))
		if row == hamRow {
			p = 1 - p
		}
		d[i] *= max(t.driftLeast, p)
		sum += d[i]
	}
	for i, first := range t.driftStart() {
		d[i] = float64((1-t.driftAgain)*(d[i]/sum)) + float64(t.driftAgain*first)
	}
}

// shift is the mean of the shifts.
func (d *drift) shift() float64 {
	mean := 0.0
	for i, p := range d {
		mean += float64(p * shiftOf(i))
	}
	return mean
}
