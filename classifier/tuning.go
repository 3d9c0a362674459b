package classifier

// tuning is the numbers of learning and scoring. docs/classifier.md tells where they
// come from.
type tuning struct {
	floor, slope, ceiling float64 // value of a feature: (floor + slope*min(ceiling, |l|)) * group
	groups                [groups]float64
	rate, damping         float64 // AdaGrad: rate*d/sqrt(energy+damping)
	online                float64 // rate of the steps between trainings
	bayes, bayesScale     float64 // bayes*tanh(sum of l / bayesScale) for bayesUsual of them, see counted
	bayesUsual            float64
	lengthPrior           float64 // see settle
	replays, passes       int
	growth, growthLarge   float64 // of the labels from one training to the next, below and above largeBrain
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
	floor: 0.5, slope: 0.5, ceiling: 3, groups: [groups]float64{groupLook: 0.6, groupPart: 1, groupAuthor: 2.5, groupPair: 1.75, groupWord: 1},
	rate: 1, damping: 0.002, online: 0.3,
	bayes: 0.7, bayesScale: 8, bayesUsual: 20, lengthPrior: 20,
	replays: 2, passes: 3, growth: 0.05, growthLarge: 0.25,
	slopePrior: 60, offsetPrior: 10, memory: 200,
	drifts: 0.1, driftSpread: 2, driftAgain: 0.03, driftLeast: 0.1,
	knownHalf: 0.25, knownFew: 1,
	siteShare: 0.7, siteHalf: 40,
	openerPrior: 10, starter: 1, starterFade: 80,
}
