package moderation_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

func TestALaneAndBoundsOfTheScoreNarrowEachOther(t *testing.T) {
	b := newBench(t, time.Hour) // likely spam is what scores 0.9 and more
	for name, tt := range map[string]struct {
		lane     string
		min, max float64
		want     [2]float64
	}{
		"no lane":                    {"", 0.2, 0.95, [2]float64{0.2, 0.95}},
		"a look":                     {models.LaneLook, 0, 0, [2]float64{0, 0.9}},
		"a look, at less":            {models.LaneLook, 0, 0.5, [2]float64{0, 0.5}},
		"a look, at more than it is": {models.LaneLook, 0, 1, [2]float64{0, 0.9}},
		"spam":                       {models.LaneSpam, 0, 0, [2]float64{0.9, 0}},
		"spam, at more":              {models.LaneSpam, 0.99, 0, [2]float64{0.99, 0}},
		"spam, at less than it is":   {models.LaneSpam, 0.1, 0, [2]float64{0.9, 0}},
	} {
		f, err := b.Filter(b.user, &models.CommentQuery{Lane: tt.lane, MinScore: tt.min, MaxScore: tt.max})
		if err != nil || f.MinScore != tt.want[0] || f.MaxScore != tt.want[1] {
			t.Errorf("%s: from %v below %v, %v", name, f.MinScore, f.MaxScore, err)
		}
	}
	if _, err := b.Filter(b.user, &models.CommentQuery{Lane: "fast"}); !errors.Is(err, models.ErrInvalid) {
		t.Errorf("an unknown lane: %v", err)
	}
}

func TestAVerdictJoinsTheFeedAlthoughItCouldNotAtFirst(t *testing.T) {
	b := newBench(t, time.Millisecond)
	b.submit("c", "nice weather", models.Hold)
	b.desk.broken.Store(true)
	b.work()
	if err := b.rule("c", models.ModeratorVerdict{Action: models.Approve}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		list, _, err := b.store.Feed(t.Context(), b.site.ID, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(list, func(d *models.Decision) bool { return d.Action == models.Approve }) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the feed has %d decisions and not the verdict", len(list))
		}
	}
	if b.desk.broken.Load() {
		t.Error("nothing had failed")
	}
}
