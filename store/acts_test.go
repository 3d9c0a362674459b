package store

import (
	"slices"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

func TestTheAuditLogIsReadFromDayToDay(t *testing.T) {
	c := &clock{time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)}
	f := open(t, func(o *Options) { o.Now = c.now })
	first := c.at
	for _, kind := range []string{"a", "b", "c", "d"} {
		if err := f.Note(t.Context(), models.Act{Kind: kind, Actor: ann}); err != nil {
			t.Fatal(err)
		}
		f.comment("c-"+kind, "what lies between") // takes places of the same order
		c.at = c.at.Add(24 * time.Hour)
	}
	day := func(n int) time.Time { return first.AddDate(0, 0, n) }
	for _, tt := range []struct {
		name         string
		since, until time.Time
		want         []string
	}{
		{"all", time.Time{}, time.Time{}, []string{"d", "c", "b", "a"}},
		{"from one on, itself too", day(1), time.Time{}, []string{"d", "c", "b"}},
		{"until one, not itself", time.Time{}, day(2), []string{"b", "a"}},
		{"between", day(1), day(3), []string{"c", "b"}},
		{"before the first", time.Time{}, first, nil},
		{"after the last", day(9), time.Time{}, nil},
		{"nothing between", day(2), day(1), nil},
	} {
		var got []string
		for before := int64(0); ; {
			list, next, err := f.Acts(t.Context(), models.ActFilter{Actor: ann.Name, Since: tt.since, Until: tt.until}, before, 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range list {
				got = append(got, a.Kind)
			}
			if next == 0 {
				break
			}
			before = next
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
