package intake

import (
	"testing"
	"time"
)

func TestPreferredWait(t *testing.T) {
	const none = -1
	for _, tt := range []struct {
		headers []string
		seconds int
	}{
		{nil, none}, {[]string{""}, none}, {[]string{"wait=5"}, 5}, {[]string{"WAIT=5"}, 5}, {[]string{"wait=0"}, 0},
		{[]string{"wait=30"}, 30}, {[]string{"wait=31"}, 30}, {[]string{"wait=99999999999999999999999"}, 30}, {[]string{"wait=007"}, 7},
		{[]string{`wait="5"`}, 5}, {[]string{"wait = 5 "}, 5}, {[]string{"\twait\t=\t5"}, 5}, {[]string{"wait=5; foo=bar"}, 5},
		{[]string{"wait=5;foo"}, 5}, {[]string{"respond-async, wait=5"}, 5}, {[]string{"respond-async,wait=5,x"}, 5},
		{[]string{"respond-async", "wait=5"}, 5}, {[]string{"wait=5", "wait=6"}, 5}, {[]string{"wait=5, wait=6"}, 5},
		{[]string{`return=minimal; foo="a, wait=7, b", wait=5`}, 5}, {[]string{`x="\", wait=7", wait=5`}, 5}, {[]string{",, ,wait=5"}, 5},
		{[]string{"wait"}, none}, {[]string{"wait="}, none}, {[]string{`wait=""`}, none}, {[]string{`wait="`}, none}, {[]string{`wait="5`}, none},
		{[]string{"wait=-5"}, none}, {[]string{"wait=+5"}, none}, {[]string{"wait=5.5"}, none}, {[]string{"wait=5s"}, none},
		{[]string{"wait=5 6"}, none}, {[]string{"wait5"}, none}, {[]string{"await=5"}, none}, {[]string{"wait; foo=5"}, none},
		{[]string{"wait=٥"}, none}, {[]string{`foo="wait=5`}, none}, {[]string{"wait=x, wait=5"}, 5},
	} {
		want, wantOK := time.Duration(tt.seconds)*time.Second, tt.seconds != none
		if !wantOK {
			want = 0
		}
		if got, ok := preferredWait(tt.headers); got != want || ok != wantOK {
			t.Errorf("%q: got %s, %v, want %s, %v", tt.headers, got, ok, want, wantOK)
		}
	}
}

func FuzzPreferredWait(f *testing.F) {
	for _, s := range []string{"wait=5", `respond-async, wait="5"; a="b,c\""`, "wait=99999999999999999999", ",,=;\"\\"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		wait, ok := preferredWait([]string{a, b})
		if wait < 0 || wait > maxWait || wait%time.Second != 0 || (!ok && wait != 0) {
			t.Errorf("got %s, %v", wait, ok)
		}
		if first, found := preferredWait([]string{a}); found && (first != wait || !ok) {
			t.Errorf("the first header says %s, both say %s, %v", first, wait, ok)
		}
	})
}
