package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestTextIsCutByTheColumnsItTakes(t *testing.T) {
	for _, test := range []struct {
		text    string
		columns int
		want    string
	}{
		{"", 3, "   "}, {"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"größe", 5, "größe"}, {"größer", 5, "größ…"},
		{"お得情報", 8, "お得情報"}, {"お得情報", 7, "お得情…"}, {"お得情報", 6, "お得… "}, {"aお得", 4, "aお…"},
	} {
		if got := fit(test.text, test.columns); got != test.want {
			t.Errorf("%q in %d columns: got %q, want %q", test.text, test.columns, got, test.want)
		}
	}
}

func TestALineOfTheDemoFitsItsTerminal(t *testing.T) {
	const why = "duplicate: the same text was posted by other authors once before, the last time in comment \"c-9\""
	for columns, want := range map[int]string{
		0:   "hold     Tomas           What a lovely cake. My children a…  " + why,
		200: "hold     Tomas           What a lovely cake. My children a…  " + why,
		120: "hold     Tomas           What a lovely cake. My c…  " + clip(why, 68),
		80:  "hold     Tomas           " + clip(why, 55),
		10:  "hold     Tomas           …",
	} {
		var out bytes.Buffer
		s := newStage(&app{stdout: &out}, true, demoAddresses{})
		s.term.columns = columns
		if err := s.line(string(models.Hold), "Tomas", "What a lovely cake. My children ate it all before it was cold.", why); err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSuffix(out.String(), "\n"); got != want || columns > 24 && columnsOf(got) > columns {
			t.Errorf("in %d columns: got\n%q, want\n%q", columns, got, want)
		}
	}
}
