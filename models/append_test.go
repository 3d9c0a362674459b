package models

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	fastjson "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// plain are the options of the JSON that AppendComment and AppendReasons write.
var plain = fastjson.JoinOptions(jsontext.AllowInvalidUTF8(true), fastjson.Deterministic(true), jsonv1.OmitEmptyWithLegacySemantics(true))

// fill sets every field below v to something, so that a field added to a type and
// forgotten in the writing of it is noticed.
func fill(v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(name + " \"<\x01\u2028é\xff")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(-len(name)))
	case reflect.Float64:
		v.SetFloat(0.1 + float64(len(name)))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), name)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 3, 1, 10, 0, len(name), 120e6, time.FixedZone("", 3600))))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), v.Type().Field(i).Name)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), name)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), name)
		}
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]any{
			"int": 5, "float": 0.25, "text": "x\xffy", "flag": true, "list": []string{"a", "b"}, "none": nil, "big": int64(1) << 60,
		}))
	}
}

func TestAppendCommentWritesEveryField(t *testing.T) {
	var full Comment
	fill(reflect.ValueOf(&full).Elem(), "Comment")
	elapsed := int64(0)
	for name, c := range map[string]Comment{
		"full": full, "empty": {}, "one": {Content: "x"}, "post": {Post: Post{Title: "a"}},
		"author": {Author: Author{LoggedIn: true}}, "form": {Form: Form{ElapsedMS: &elapsed}},
	} {
		c.Meta = nil
		want, err := fastjson.Marshal(&c, plain)
		if err != nil {
			t.Fatal(err)
		}
		if got := AppendComment(nil, &c); string(got) != string(want) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
		}
	}
}

func TestAppendReasonsWritesEveryField(t *testing.T) {
	var full Reason
	fill(reflect.ValueOf(&full).Elem(), "Reason")
	numbers := Reason{Rule: "numbers"}
	for _, f := range []float64{0, math.Copysign(0, -1), 1, -1.5, 1e-7, 123456.789e-3, 1e20, 1e21, -2.5e-9, math.Pi, math.MaxFloat64, 5e-324} {
		numbers.Evidence = append(numbers.Evidence, Evidence{Weight: f})
	}
	for name, reasons := range map[string][]Reason{"full": {full, full}, "none": {}, "nil": nil, "empty": {{}}, "numbers": {numbers}} {
		want, err := fastjson.Marshal(reasons, plain)
		if err != nil {
			t.Fatal(err)
		}
		got, err := AppendReasons([]byte(nil), reasons)
		if err != nil || string(got) != string(want) {
			t.Errorf("%s:\ngot  %s, %v\nwant %s", name, got, err, want)
		}
	}
}

func TestAppendFactsWritesEveryField(t *testing.T) {
	var full, parts Facts
	fill(reflect.ValueOf(&full).Elem(), "Facts")
	// Every part is there, and nothing in it.
	for v, i := reflect.ValueOf(&parts).Elem(), 0; i < v.NumField(); i++ {
		if f := v.Field(i); f.Kind() == reflect.Pointer {
			f.Set(reflect.New(f.Type().Elem()))
		}
	}
	for name, f := range map[string]Facts{"full": full, "none": {}, "empty parts": parts} {
		want, err := fastjson.Marshal(&f, plain)
		if err != nil {
			t.Fatal(err)
		}
		if got := AppendFacts(nil, &f); string(got) != string(want) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
		}
	}
}

func TestAppendReasonsWritesJSONWhateverTheNumbers(t *testing.T) {
	got, err := AppendReasons(nil, []Reason{{Evidence: []Evidence{{Weight: math.NaN()}, {Weight: math.Inf(-1)}}}})
	if err != nil || !json.Valid(got) || strings.Count(string(got), `"weight":0`) != 2 {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := AppendReasons(nil, []Reason{{Params: map[string]any{"f": func() {}}}}); err == nil {
		t.Error("a parameter without JSON was written")
	}
}

func BenchmarkAppend(b *testing.B) {
	c := Comment{
		ID: "c-1042", Type: "comment", ContentType: PlainText, Content: strings.Repeat("a comment of common words, ", 15),
		SubmittedAt: time.Now(), Post: Post{ID: "p-9", URL: "https://blog.example/p/9", Title: "A post"},
		Author: Author{Name: "Ann", Email: "ann@example.com", IP: "203.0.113.9", UserAgent: "Mozilla/5.0"},
	}
	reasons := []Reason{{Rule: "classifier", Action: Hold, Code: "classifier.unsure", Params: map[string]any{"hold_above": 0.5}, Detail: "spam score 0.83, held from 0.50"}}
	for i := range 8 {
		reasons[0].Evidence = append(reasons[0].Evidence, Evidence{Token: "great post", Weight: 1.5 - float64(i)/3})
	}
	var buffer []byte
	b.Run("comment", func(b *testing.B) {
		for b.Loop() {
			buffer = AppendComment(buffer[:0], &c)
		}
	})
	b.Run("comment by tags", func(b *testing.B) {
		for b.Loop() {
			if _, err := fastjson.Marshal(&c, plain); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("reasons", func(b *testing.B) {
		for b.Loop() {
			var err error
			if buffer, err = AppendReasons(buffer[:0], reasons); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("reasons by tags", func(b *testing.B) {
		for b.Loop() {
			if _, err := fastjson.Marshal(reasons, plain); err != nil {
				b.Fatal(err)
			}
		}
	})
}
