package models

import (
	"encoding/hex"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

func fullComment() Comment {
	elapsed := int64(8400)
	at := time.Date(2026, 3, 1, 10, 0, 0, 120e6, time.UTC)
	return Comment{
		ID: "c-1", Type: "comment", Content: "text", ContentType: PlainText,
		SubmittedAt: at, EditedAt: at.Add(time.Hour), ParentID: "c-0", Language: "en", Referrer: "https://r.example/",
		Post:   Post{ID: "p-9", URL: "https://blog.example/p/9", Title: "Title", PublishedAt: at.Add(-time.Hour)},
		Author: Author{ID: "u-3", Name: "Ann", Email: "ann@example.com", URL: "https://ann.example", IP: "203.0.113.9", UserAgent: "ua", Role: "user", LoggedIn: true},
		Form:   Form{Honeypot: "x", ElapsedMS: &elapsed},
		Meta:   json.RawMessage(`{"a":1}`),
	}
}

func TestFingerprintChangesWithEveryFieldButThree(t *testing.T) {
	ignored := map[string]bool{"SubmittedAt": true, "Meta": true, "Author.UserAgent": true}
	base := fullComment()
	want := Fingerprint(&base)
	seen := 0
	var walk func(path string, field func(*Comment) reflect.Value)
	walk = func(path string, field func(*Comment) reflect.Value) {
		v := field(&base)
		if _, isTime := v.Interface().(time.Time); v.Kind() == reflect.Struct && !isTime {
			for i := range v.NumField() {
				name := v.Type().Field(i).Name
				walk(strings.TrimPrefix(path+"."+name, "."), func(c *Comment) reflect.Value { return field(c).Field(i) })
			}
			return
		}
		seen++
		for _, zero := range []bool{false, true} {
			c := fullComment()
			alter(t, field(&c), zero)
			if same := Fingerprint(&c) == want; same != ignored[path] {
				t.Errorf("%s changed (to zero: %v): same fingerprint is %v, want %v", path, zero, same, ignored[path])
			}
		}
	}
	walk("", func(c *Comment) reflect.Value { return reflect.ValueOf(c).Elem() })
	if seen < 24 {
		t.Errorf("only %d fields were tried", seen)
	}
}

func alter(t *testing.T, v reflect.Value, zero bool) {
	t.Helper()
	if zero {
		v.SetZero()
		return
	}
	switch x := v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(x.Add(time.Millisecond)))
	case *int64:
		n := *x + 1
		v.Set(reflect.ValueOf(&n))
	case json.RawMessage:
		v.SetBytes([]byte(`{"a":2}`))
	case bool:
		v.SetBool(!x)
	default:
		if v.Kind() != reflect.String {
			t.Fatalf("a field of type %s: teach the test about it", v.Type())
		}
		v.SetString(v.String() + "x")
	}
}

func TestFingerprintTellsNeighbouringFieldsApart(t *testing.T) {
	a, b := Comment{ID: "ab", Type: "c"}, Comment{ID: "a", Type: "bc"}
	if Fingerprint(&a) == Fingerprint(&b) {
		t.Error("the same text split otherwise has the same fingerprint")
	}
	zero := int64(0)
	a, b = Comment{}, Comment{Form: Form{ElapsedMS: &zero}}
	if Fingerprint(&a) == Fingerprint(&b) {
		t.Error("an elapsed time of 0 has the fingerprint of none")
	}
}

func TestFingerprintCountsTimesInMillisecondsUTC(t *testing.T) {
	a, b := fullComment(), fullComment()
	b.EditedAt = b.EditedAt.Add(999 * time.Microsecond).In(time.FixedZone("", 3600))
	if Fingerprint(&a) != Fingerprint(&b) {
		t.Error("another zone and a fraction of a millisecond changed the fingerprint")
	}
}

func TestFingerprintStaysTheSameBetweenVersions(t *testing.T) {
	c := fullComment()
	const want = "31719d4ba3a02cb26737606ffac34b82"
	if got := fingerprintHex(&c); got != want {
		t.Errorf("fingerprint is %s, want %s: stored ones no longer match", got, want)
	}
}

func BenchmarkFingerprint(b *testing.B) {
	c := fullComment()
	c.Content = strings.Repeat("a few words ", 30)
	b.ReportAllocs()
	for b.Loop() {
		Fingerprint(&c)
	}
}

func fingerprintHex(c *Comment) string {
	sum := Fingerprint(c)
	return hex.EncodeToString(sum[:])
}
