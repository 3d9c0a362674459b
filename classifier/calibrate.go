package classifier

import "math"

// points is how many labels calibration looks at.
const points = 768

// calibration turns raw log-odds z into those of spam, slope*z + offset, by what the
// newest labels were (J. Platt, "Probabilistic Outputs for Support Vector Machines",
// 1999).
type calibration struct {
	slope, offset float64
	z             [points]float32
	spam          [points]bool
	n             int // points ever added
}

func newCalibration() calibration { return calibration{slope: 1} }

// add takes a label into account that was scored before it was learnt.
func (c *calibration) add(z float64, row uint8) {
	at := c.n % points
	c.z[at], c.spam[at] = float32(z), row == spamRow
	c.n++
}

// offset is what calibration and drift add to the log-odds.
func (p *progress) offset() float64 { return p.calibration.offset + p.drift.shift() }

// fit finds slope and offset by Newton's method: logistic regression over the points,
// each weighing less the older it is, with normal priors around 1 and 0.
func (c *calibration) fit(slopePrior, offsetPrior, memory float64) {
	a, b := c.slope, c.offset
	keep := math.Exp(-1 / memory)
	for range 4 {
		ga, gb := slopePrior*(1-a), offsetPrior*-b
		haa, hab, hbb := slopePrior, 0.0, offsetPrior
		w := 1.0
		for i := c.n - 1; i >= max(0, c.n-points); i-- {
			z := float64(c.z[i%points])
			p := sigmoid(a*z + b)
			e := -p
			if c.spam[i%points] {
				e = 1 - p
			}
			h := w * p * (1 - p)
			ga += w * e * z
			gb += w * e
			haa += h * z * z
			hab += h * z
			hbb += h
			w *= keep
		}
		det := haa*hbb - hab*hab
		da, db := (hbb*ga-hab*gb)/det, (haa*gb-hab*ga)/det
		a, b = a+da, b+db
		if math.Abs(da)+math.Abs(db) < 1e-4 {
			break
		}
	}
	c.slope, c.offset = max(0.05, a), b
}
