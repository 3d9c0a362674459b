package policy

import (
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/winnowd/winnow/models"
)

// effect is what a rule does with what it finds.
type effect struct {
	action models.Action
	final  bool
	// times is, for stricter and milder, how many times as likely as the score says the
	// comment is taken to be spam, or to be honest.
	times float64
}

// defaultTimes is how much stricter or milder a rule makes it that does not say.
const defaultTimes = 3

// maxTimes is the most that a rule can say, as models.MaxShift.
const maxTimes = 1000

// shift gives the effect on the classifier's cut-offs, in natural-log odds.
func (e effect) shift() float64 {
	switch e.action {
	case models.Stricter:
		return math.Log(e.times)
	case models.Milder:
		return -math.Log(e.times)
	}
	return 0
}

func hold() effect     { return effect{action: models.Hold} }
func approve() effect  { return effect{action: models.Approve} }
func stricter() effect { return effect{action: models.Stricter, times: defaultTimes} }

func actionNames() []string {
	var names []string
	for _, a := range models.Actions {
		names = append(names, string(a))
	}
	return append(names, "hold final", string(models.Stricter), string(models.Milder))
}

// effect reads an action: a word, "hold final", or stricter or milder with a number.
func (d *decoder) effect(n *yaml.Node, fallback effect) effect {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
		d.fault(n, "action must be %s, not %s", enumerate(actionNames(), "or"), describe(n))
		return fallback
	}
	words := strings.Fields(n.Value)
	first := ""
	if len(words) > 0 {
		first = words[0]
	}
	e := effect{action: models.Action(first)}
	switch e.action {
	case models.Stricter, models.Milder:
		e.times = defaultTimes
		if len(words) == 1 {
			return e
		}
		times, err := strconv.ParseFloat(words[1], 64)
		if err != nil || !(times > 1 && times <= maxTimes) || len(words) > 2 {
			d.fault(n, "%s needs a number over 1 and up to %d, how many times, for example %s 3, not %s", first, maxTimes, first, quote(n.Value))
			return e
		}
		e.times = times
		return e
	case models.Hold:
		if e.final = len(words) == 2 && words[1] == "final"; e.final {
			return e
		}
	}
	if _, ok := d.oneOf(n, "action", actionNames()); !ok {
		return fallback
	}
	return e
}

// changes describes what stricter and milder do, for the end of a reason's sentence.
func (e effect) changes() string {
	times := strconv.FormatFloat(e.times, 'g', -1, 64)
	switch e.action {
	case models.Stricter:
		return ": judged " + times + " times stricter"
	case models.Milder:
		return ": judged " + times + " times milder"
	}
	return ""
}
