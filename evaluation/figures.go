package evaluation

import (
	"math"
	"math/big"
	"slices"
	"time"

	"github.com/winnowd/winnow/models"
)

// Figures are what a run is judged by. Those of one class are nil if there is no
// comment of that class, those of both if one is missing.
type Figures struct {
	N    int `json:"n"`
	Spam int `json:"spam"`
	Ham  int `json:"ham"`

	// Accuracy is the share of comments on the right side of a score of 0.5, MCC the
	// Matthews correlation there, 0 where it is not defined.
	Accuracy float64 `json:"accuracy"`
	MCC      float64 `json:"mcc"`
	// AUC is the area under the receiver's operating curve: the probability that a spam
	// scores higher than a ham, ties counting half.
	AUC                *float64 `json:"auc"`
	OneMinusAUCPercent *float64 `json:"one_minus_auc_percent"`
	// SpamRecall and HamFalsePositiveRate are the shares of spam and of ham that score
	// 0.5 or more.
	SpamRecall           *float64 `json:"spam_recall"`
	HamFalsePositiveRate *float64 `json:"ham_false_positive_rate"`
	// RecallAtFPR is the share of spam above the lowest threshold that flags no more
	// than 0.5% and 1% of ham.
	RecallAtFPR recalls `json:"recall_at_fpr"`
	// Brier is the mean squared difference of score and truth, ECE the expected
	// calibration error in ten bins of equal width.
	Brier float64 `json:"brier"`
	ECE   float64 `json:"ece"`

	// HeldRate is the share of all comments that were not approved, ApprovedSpamRate
	// the share of spam that was.
	HeldRate         float64  `json:"held_rate"`
	ApprovedSpamRate *float64 `json:"approved_spam_rate"`

	// Seconds is how long the run took, MicrosecondsPerComment how long reading and
	// scoring a comment took on average.
	Seconds                float64 `json:"seconds"`
	MicrosecondsPerComment float64 `json:"microseconds_per_comment"`
}

// recalls are shares of spam caught, by the share of ham flagged.
type recalls struct {
	HalfPercent *float64 `json:"0.005"`
	Percent     *float64 `json:"0.01"`
}

// Cut is the score at which spam and ham are told apart where figures need one cut.
const Cut = 0.5

// Measure computes the figures of at least one prediction; ran is how long the run
// took.
func Measure(predictions []Prediction, ran time.Duration) Figures {
	spam, ham := byLabel(predictions)
	at := countAt(spam, ham, Cut)
	f := Figures{
		N: len(predictions), Spam: len(spam), Ham: len(ham),
		Accuracy:             *ratio(at.tp+at.tn, len(predictions)),
		MCC:                  at.matthews(),
		AUC:                  area(spam, ham),
		SpamRecall:           ratio(at.tp, len(spam)),
		HamFalsePositiveRate: ratio(at.fp, len(ham)),
		RecallAtFPR:          recalls{recallAt(spam, ham, 0.005), recallAt(spam, ham, 0.01)},
		Brier:                brier(predictions),
		ECE:                  calibrationError(predictions),
		Seconds:              ran.Seconds(),
	}
	if f.AUC != nil {
		missing := 100 * (1 - *f.AUC)
		f.OneMinusAUCPercent = &missing
	}
	f.measureActions(predictions)
	return f
}

func (f *Figures) measureActions(predictions []Prediction) {
	held, missed := 0, 0
	var took time.Duration
	for _, p := range predictions {
		if p.Action != models.Approve {
			held++
		} else if p.Example.Label == models.Spam {
			missed++
		}
		took += p.Took
	}
	f.HeldRate = *ratio(held, f.N)
	f.ApprovedSpamRate = ratio(missed, f.Spam)
	f.MicrosecondsPerComment = took.Seconds() * 1e6 / float64(f.N)
}

// byLabel gives the scores of each class in ascending order.
func byLabel(predictions []Prediction) (spam, ham []float64) {
	for _, p := range predictions {
		if p.Example.Label == models.Spam {
			spam = append(spam, p.Score)
		} else {
			ham = append(ham, p.Score)
		}
	}
	slices.Sort(spam)
	slices.Sort(ham)
	return spam, ham
}

// ratio is a share; nil of nothing.
func ratio(part, whole int) *float64 {
	if whole == 0 {
		return nil
	}
	r := float64(part) / float64(whole)
	return &r
}

// confusion counts comments by truth and by side of a cut; what reaches it is
// positive.
type confusion struct{ tp, fp, tn, fn int }

func countAt(spam, ham []float64, cut float64) confusion {
	below, belowHam := lower(spam, cut), lower(ham, cut)
	return confusion{tp: len(spam) - below, fn: below, fp: len(ham) - belowHam, tn: belowHam}
}

// lower is how many of ascending scores are below x.
func lower(sorted []float64, x float64) int {
	n, _ := slices.BinarySearch(sorted, x)
	return n
}

// matthews is the Matthews correlation coefficient (B. W. Matthews, Biochimica et
// Biophysica Acta 405, 1975). Its products are computed exactly.
func (c confusion) matthews() float64 {
	product := big.NewInt(1)
	for _, sum := range []int{c.tp + c.fp, c.tp + c.fn, c.tn + c.fp, c.tn + c.fn} {
		product.Mul(product, big.NewInt(int64(sum)))
	}
	below, _ := new(big.Float).SetInt(product).Float64()
	if below == 0 {
		return 0
	}
	right := new(big.Int).Mul(big.NewInt(int64(c.tp)), big.NewInt(int64(c.tn)))
	wrong := new(big.Int).Mul(big.NewInt(int64(c.fp)), big.NewInt(int64(c.fn)))
	above, _ := new(big.Float).SetInt(right.Sub(right, wrong)).Float64()
	return above / math.Sqrt(below)
}

// area is the area under the curve by the ranks of the spam scores among all, those of
// equal scores shared (Mann and Whitney, 1947).
func area(spam, ham []float64) *float64 {
	if len(spam) == 0 || len(ham) == 0 {
		return nil
	}
	var twice int64 // twice the number of pairs in the right order, ties half
	for first := 0; first < len(spam); {
		score := spam[first]
		last := first
		for last < len(spam) && spam[last] == score {
			last++
		}
		below := lower(ham, score)
		equal := lower(ham[below:], math.Nextafter(score, math.Inf(1)))
		twice += int64(last-first) * int64(2*below+equal)
		first = last
	}
	a := float64(twice) / 2 / (float64(len(spam)) * float64(len(ham)))
	return &a
}

// recallAt is the share of spam that scores above the lowest threshold above which no
// more than the given share of ham lies.
func recallAt(spam, ham []float64, share float64) *float64 {
	threshold := thresholdAt(ham, share)
	caught := len(spam) - lower(spam, math.Nextafter(threshold, math.Inf(1)))
	return ratio(caught, len(spam))
}

// thresholdAt is the score of the first ham, from above, that must not be flagged when
// no more than a share of them may; below every score if all may.
func thresholdAt(ham []float64, share float64) float64 {
	allowed := int(math.Floor(share * float64(len(ham))))
	if allowed >= len(ham) {
		return -1
	}
	return ham[len(ham)-1-allowed]
}

// brier is the mean squared error of the scores (G. W. Brier, Monthly Weather Review
// 78, 1950).
func brier(predictions []Prediction) float64 {
	sum := 0.0
	for _, p := range predictions {
		miss := p.Score - truth(p)
		sum += float64(miss * miss) // the conversion keeps it from being fused
	}
	return sum / float64(len(predictions))
}

func truth(p Prediction) float64 {
	if p.Example.Label == models.Spam {
		return 1
	}
	return 0
}

// bin is one of ten equal parts of the range of scores.
type bin struct {
	n, spam int
	sum     float64 // of the scores
}

// bins shares predictions out by score.
func bins(predictions []Prediction) (all [10]bin) {
	for _, p := range predictions {
		b := &all[max(0, min(9, int(p.Score*10)))]
		b.n++
		b.sum += p.Score
		if p.Example.Label == models.Spam {
			b.spam++
		}
	}
	return all
}

// calibrationError is the expected calibration error (Naeini, Cooper, Hauskrecht,
// AAAI 2015): how far mean score and share of spam lie apart in each bin, weighted by
// how many comments are in it.
func calibrationError(predictions []Prediction) float64 {
	sum := 0.0
	for _, b := range bins(predictions) {
		sum += math.Abs(b.sum - float64(b.spam))
	}
	return sum / float64(len(predictions))
}
