package classifier

import "math"

// tails gives the natural logarithms of the lower and the upper tail of the
// chi-square distribution with 2n degrees of freedom at 2m; n at least 1, m not
// negative.
//
// For an even number of degrees the upper tail is a sum of Poisson probabilities,
// Q = e^-m (1 + m + m^2/2! + ... + m^(n-1)/(n-1)!) (Abramowitz and Stegun, Handbook
// of Mathematical Functions, 26.4.21). Summed as written it underflows from m = 746;
// here the smaller tail is summed outward from the term at the border, in units of
// that term, and the other is its complement.
func tails(m float64, n int) (lower, upper float64) {
	if m == 0 {
		return math.Inf(-1), 0
	}
	terms := float64(n)
	if m <= terms { // the lower tail: terms n, n+1, ... fall at least geometrically
		sum, term := 1.0, 1.0
		for k := terms + 1; term > sum*1e-17; k++ {
			term *= m / k
			sum += term
		}
		lower = math.Min(0, logPoisson(m, terms)+math.Log(sum))
		return lower, log1mexp(lower)
	}
	sum, term := 1.0, 1.0
	for k := terms - 1; k > 0 && term > sum*1e-17; k-- {
		term *= k / m
		sum += term
	}
	upper = math.Min(0, logPoisson(m, terms-1)+math.Log(sum))
	return log1mexp(upper), upper
}

// logPoisson is the logarithm of e^-m m^k / k!.
func logPoisson(m, k float64) float64 {
	g, _ := math.Lgamma(k + 1)
	return k*math.Log(m) - m - g
}

// log1mexp is ln(1 - e^x) for x <= 0.
func log1mexp(x float64) float64 {
	if x > -math.Ln2 {
		return math.Log(-math.Expm1(x))
	}
	return math.Log1p(-math.Exp(x))
}

// logAddExp is ln(e^a + e^b).
func logAddExp(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(a, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}

// fisherLogOdds gives the log-odds of Robinson's indicator I = (1 + H - S) / 2
// (G. Robinson, "A Statistical Approach to the Spam Problem", Linux Journal 107,
// 2003), where H and S are the chi-square probabilities that so small products of f
// and of 1-f come about by chance: lnF is the sum of ln f, lnG that of ln(1-f), over
// n clues. Neither 0 nor 1 is ever reached, so that strong cases stay comparable:
// 2I = H + (1-S) and 2(1-I) = (1-H) + S are sums of tails, with nothing to cancel.
// It is 0 without clues and near 0 when strong clues conflict.
func fisherLogOdds(lnF, lnG float64, n int) float64 {
	if n == 0 {
		return 0
	}
	notH, h := tails(-lnF, n)
	notS, s := tails(-lnG, n)
	return logAddExp(h, notS) - logAddExp(notH, s)
}
