package store

import (
	"time"

	"github.com/winnowd/winnow/models"
)

// tally is one of the counts by day that the overview shows.
type tally struct {
	day    int64 // since 1970, UTC
	siteID int64
	name   string
}

func dayOf(t time.Time) int64 { return t.UnixMilli() / (24 * time.Hour).Milliseconds() }

// count adds n to a tally. It must come after whatever may refuse the change.
func (t *tx) count(day, siteID int64, name string, n int) {
	if t.tallies == nil {
		t.tallies = map[tally]int{}
	}
	t.tallies[tally{day, siteID, name}] += n
}

// tallyDecision counts a decision: winnow's own with the rules that found something,
// people's as verdicts.
func (t *tx) tallyDecision(siteID int64, d *models.Decision) {
	day := dayOf(d.DecidedAt)
	if d.Actor.Kind != models.System.Kind {
		t.count(day, siteID, "verdict:"+string(d.Action), 1)
		return
	}
	t.count(day, siteID, "decision:"+string(d.Action), 1)
	for i := range d.Reasons {
		t.count(day, siteID, "rule:"+d.Reasons[i].Rule, 1)
	}
}

// keepTallies stores what was counted.
func (t *tx) keepTallies() error {
	for k, n := range t.tallies {
		if n == 0 {
			continue
		}
		if _, err := t.exec(`INSERT INTO tallies (day, site_id, name, n) VALUES (?, ?, ?, ?)
			ON CONFLICT (day, site_id, name) DO UPDATE SET n = n + excluded.n`, k.day, k.siteID, k.name, n); err != nil {
			return err
		}
	}
	return nil
}
