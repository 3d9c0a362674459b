package moderation_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/moderation"
)

// rule has the bench's user decide a comment.
func (b *bench) rule(id string, v models.ModeratorVerdict) error {
	v.Site, v.CommentID = b.site, id
	_, err := b.Decide(b.t.Context(), b.user, v)
	return err
}

// overturned is how often people are counted to have changed one action into another.
func (b *bench) overturned(from, to models.Action) float64 {
	b.t.Helper()
	families, err := b.metrics.Gather()
	if err != nil {
		b.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "winnow_overturned_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			if l := m.GetLabel(); l[0].GetValue() == string(from) && l[1].GetValue() == string(to) {
				return m.GetCounter().GetValue()
			}
		}
	}
	b.t.Fatalf("overturned %s to %s is not counted", from, to)
	return 0
}

func TestPeopleOverturnTheFilterAndNotEachOther(t *testing.T) {
	b := newBench(t, time.Hour)
	b.submit("c", "nice weather", models.Hold)
	for _, action := range []models.Action{models.Approve, models.Reject, models.Approve} {
		if err := b.rule("c", models.ModeratorVerdict{Action: action}); err != nil {
			t.Fatal(err)
		}
	}
	for pair, want := range map[[2]models.Action]float64{
		{models.Hold, models.Approve}: 1, {models.Approve, models.Reject}: 0, {models.Reject, models.Approve}: 0,
	} {
		if got := b.overturned(pair[0], pair[1]); got != want {
			t.Errorf("%s to %s: %v times, want %v", pair[0], pair[1], got, want)
		}
	}
}

func TestVerdictsWithoutSenseAreRefused(t *testing.T) {
	b := newBench(t, time.Hour)
	b.submit("c", "nice weather", models.Hold)
	note := strings.Repeat("n", 4<<10)
	for name, v := range map[string]models.ModeratorVerdict{
		"no action":             {},
		"unknown action":        {Action: "burn"},
		"unknown label":         {Action: models.Reject, Label: "eggs"},
		"unknown reason":        {Action: models.Reject, Objection: "dull"},
		"a reason to approve":   {Action: models.Approve, Objection: models.Abuse},
		"a reason beside spam":  {Action: models.Reject, Label: models.Spam, Objection: models.Abuse},
		"a note that is longer": {Action: models.Reject, Note: note + "n"},
	} {
		if err := b.rule("c", v); !errors.Is(err, models.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := b.Bulk(t.Context(), b.user, models.Bulk{Action: v.Action, Label: v.Label, Objection: v.Objection, Note: v.Note}); !errors.Is(err, models.ErrInvalid) {
			t.Errorf("%s, of many: %v", name, err)
		}
	}
	if err := b.rule("c", models.ModeratorVerdict{Action: models.Reject, Objection: models.Abuse, Note: note}); err != nil {
		t.Errorf("the longest note: %v", err)
	}
}

func TestNobodyDecidesManyOfWhatTheyDoNotSee(t *testing.T) {
	b := newBench(t, time.Hour)
	b.submit("c", "nice weather", models.Hold)
	stranger := &models.User{ID: 2, Email: "eve@example.com", Role: models.RoleModerator, Limited: true, SiteIDs: []int64{b.site.ID + 1}}
	chosen := models.Chosen{SiteID: b.site.ID, CommentID: "c", Sequence: 1}
	for name, bulk := range map[string]models.Bulk{
		"chosen":             {Chosen: []models.Chosen{chosen}},
		"chosen among seen":  {Chosen: []models.Chosen{{SiteID: b.site.ID + 1, CommentID: "x", Sequence: 1}, chosen}},
		"that match":         {Filter: models.CommentFilter{Sites: []int64{b.site.ID}}},
		"that match, beside": {Filter: models.CommentFilter{Sites: []int64{b.site.ID + 1, b.site.ID}}},
	} {
		bulk.Action = models.Reject
		if _, err := b.Bulk(t.Context(), stranger, bulk); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	j, err := b.Bulk(t.Context(), stranger, models.Bulk{Action: models.Reject})
	if err != nil || j.Total != 0 {
		t.Errorf("all that match and no site is named: %d, %v", j.Total, err)
	}
	most := slices.Repeat([]models.Chosen{chosen}, moderation.MaxChosen+1)
	if _, err := b.Bulk(t.Context(), b.user, models.Bulk{Action: models.Reject, Chosen: most}); !errors.Is(err, models.ErrInvalid) {
		t.Errorf("one more than can be chosen: %v", err)
	}
}
